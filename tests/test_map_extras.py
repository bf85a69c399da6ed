"""map with pyarrow, pandas and polars, where they are installed: the same bytes, and the same kind of table."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_map import lost

import calcgrad
from calcgrad.commands import mapping
from calcgrad.tables import delimited, runs
from calcgrad.tables.rows import Malformed

Ask = Callable[..., Any]
X = [1.0, -1.0, 0.0, None, 0.1]
Y = [2.0, 3.0, 1.0, 5.0, 1e-7]


@pytest.fixture(autouse=True)
def _here(folder: Path) -> None:
    pass


def numbers(count: int) -> list[str]:
    rng = random.Random(2)
    kinds: list[Callable[[], Any]] = [
        lambda: rng.gauss(0, 1),
        lambda: rng.uniform(-1, 1) * 10.0 ** rng.randint(-320, 300),
        lambda: rng.uniform(-1, 1) * 10.0 ** rng.randint(-8, 18),
        lambda: rng.randint(-9, 9),
        lambda: float(rng.randint(-(10**18), 10**18)),
        lambda: rng.choice([1e15, 1e16, 1e-4, 1e-5, 0.00012, -0.0, 1e22]),
    ]
    return [repr(rng.choice(kinds)()) for _ in range(count)]


def test_pyarrow_writes_what_the_base_install_writes(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    cells = [*numbers(4000), "", "NA", "nan", "inf", " 5 ", "+1.5", "1.", ".5", "1E5"]
    for ending in ("\n", "\r\n"):
        text = ending.join(["x,y", *(f"{a},{b}" for a, b in zip(cells, cells[::-1])), ""])
        for extra in ("", f'"1",2{ending}', f"{ending}1,2", "3,4"):
            Path("t.csv").write_bytes((text + extra).encode())
            for piece in (1 << 22, 1 << 12):
                monkeypatch.setattr(delimited, "_PIECE", piece)
                for fast in (True, False):
                    monkeypatch.setattr(mapping, "fast", lambda fast=fast: fast)
                    assert ask("map", "x*1e0 - y", "--over", "t.csv", "-o", f"{fast}.csv").code in (1, 3)
                assert Path("True.csv").read_bytes() == Path("False.csv").read_bytes()


def test_pyarrow_reads_what_the_base_install_reads() -> None:
    pytest.importorskip("pyarrow")
    cells = numbers(5000)
    found = []
    for arrow in (True, False):
        codec, rest = delimited.Delimited.opened(
            io.BytesIO(("x,y\n" + "".join(f"{c},1\n" for c in cells)).encode()), "t"
        )
        codec.arrow = arrow
        [(batch, _)] = codec.batches(io.BytesIO(), rest)
        records, [column] = codec.read(batch, ["x"])
        assert isinstance(records, list) != arrow
        found.append(column.tobytes())
    assert found[0] == found[1] == np.array([float(cell) for cell in cells]).tobytes()


PARTS = [
    *"1039eEd.-+()_#%f'j \t\r\x0b\0\xa0\x85\ufeff",
    "nan",
    "NaN",
    "inf",
    "Infinity",
    "0x",
    "NA",
    "null",
    "e308",
    "0" * 30,
]


def test_cells_of_any_kind_are_read_alike() -> None:
    """The same doubles, or the same words for what is wrong."""
    pytest.importorskip("pyarrow")
    rng = random.Random(4)

    def said(text: bytes, arrow: bool) -> Any:
        codec, rest = delimited.Delimited.opened(io.BytesIO(text), "t")
        codec.arrow = arrow
        try:
            return [
                codec.read(batch, ["x"])[1][0].tobytes() for batch, _ in codec.batches(io.BytesIO(), rest)
            ]
        except Malformed as wrong:
            return wrong.args

    for _ in range(4000):
        cell = "".join(rng.choice(PARTS) for _ in range(rng.randint(1, 4)))
        form = rng.choice(["x,y\n%s,1\n\n2,3\n", "y,x\n1,%s\r\n3,2\n", "x\n%s\n1\n"])
        text = (form % cell).encode(rng.choice(["utf-8", "latin-1"]), "replace")
        assert said(text, True) == said(text, False), text


@pytest.mark.parametrize("text", ["x,y\n1,zz\n", "x,y\n1,2\n\n3\n", "x,y\n1,2,3\n"])
def test_a_malformed_row_is_named_alike(ask: Ask, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    pytest.importorskip("pyarrow")
    Path("t.csv").write_text(text)
    said = []
    for fast in (True, False):
        monkeypatch.setattr(mapping, "fast", lambda fast=fast: fast)
        said.append(ask("map", "x*y", "--over", "t.csv"))
    assert said[0] == said[1] and said[0].code == 2


@pytest.mark.parametrize("kind", ["parquet", "arrow", "feather"])
def test_types_and_row_groups_are_kept(ask: Ask, kind: str) -> None:
    pa = pytest.importorskip("pyarrow")
    pq, ipc = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow.ipc")
    table = pa.table(
        {
            "x": pa.array(X * 40), "y": pa.array(Y * 40, pa.float32()), "n": pa.array(range(200), pa.int16()),
            "s": pa.array(["a", None, "c", "d", "e"] * 40).dictionary_encode(),
        },
        metadata={"made": "by hand"},
    )  # fmt: skip

    def read(path: str) -> Any:
        return pq.read_table(path) if kind == "parquet" else ipc.open_file(path).read_all()

    if kind == "parquet":
        pq.write_table(table, f"t.{kind}", row_group_size=90, compression="zstd")
    else:
        with ipc.new_file(f"t.{kind}", table.schema) as writer:
            writer.write_table(table, max_chunksize=90)
    answer = ask("map", "log(x)*n", "--over", f"t.{kind}", "-o", f"o.{kind}")
    assert (
        answer.code == 1 and "120 of 200 rows have gaps: 40 missing, 40 undefined, 40 not-real" in answer.err
    )
    made = read(f"o.{kind}")
    assert made.select(["x", "y", "n", "s"]).equals(table) and made.schema.metadata[b"made"] == b"by hand"
    assert made["reason"].to_pylist()[:5] == [None, "not-real", "undefined", "missing", None]
    assert made["value"].to_pylist()[:4] == [0.0, None, None, None] and made["value"].null_count == 120
    if kind == "parquet":
        metadata = pq.ParquetFile("o.parquet").metadata
        assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [90, 90, 20]
        assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert ask("map", "log(x)*n", "--over", f"t.{kind}", "-o", "o.csv").code == 1
    assert Path("o.csv").read_text().splitlines()[:2] == [
        "x,y,n,s,value,d_x,d_n,reason",
        "1.0,2.0,0,a,0.0,0.0,0.0,",
    ]
    assert ask("map", "s*x", "--over", f"t.{kind}", "-o", "no.csv").code == 2 and not Path("no.csv").exists()


def test_csv_to_parquet_and_back(ask: Ask) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    Path("t.csv").write_text("x,y,s\n1,2,a\n,3,b\n0.1,1e-7,\n")
    assert ask("map", "x*y", "--over", "t.csv", "-o", "o.parquet").code == 1
    made = pq.read_table("o.parquet").to_pydict()
    assert (
        made["x"] == [1.0, None, 0.1] and made["s"] == ["a", "b", ""] and made["value"] == [2.0, None, 1e-08]
    )
    assert ask("map", "f = x*y", "--over", "o.parquet", "-o", "o.jsonl").code == 1
    assert '"f":1e-08' in Path("o.jsonl").read_text()


def test_every_cell_is_kept_by_types(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(delimited, "_PIECE", 64)
    monkeypatch.setattr(runs, "cores", lambda: 1)
    assert lost(4, 12, ["parquet"], ask) == []
    Path("s.csv").write_text("x,n\n" + "1,\n" * 40 + "2,word\n")
    answer = ask("map", "x", "--over", "-", "-o", "s.parquet", stdin=Path("s.csv").read_bytes())
    assert answer.code == 2 and "column n holds numbers at first and others later" in answer.err
    assert answer.err.count("\n") == 2 and not Path("s.parquet").exists()


def test_numbers_in_other_types(ask: Ask) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "n": pa.array([2**60 + 1, None, 3]),
            "d": pa.array([Decimal("0.10"), None, Decimal("12345678901234567890.12")], pa.decimal128(30, 2)),
            "c": pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array([1.5, 2.5])),
            "z": pa.nulls(3),
            "x": pa.array([1.0, float("inf"), 2.0]),
        }
    )
    made = calcgrad.map(["a = n - 2^60", "b = d", "e = c", "f = z"], table, wrt="").to_pydict()
    assert made["reason"] == ["missing"] * 3
    for name, wanted in (("n - 2^60", [1.0, None, 3.0 - 2**60]), ("c", [1.5, 2.5, None])):
        assert calcgrad.map(name, table, wrt="")["value"].to_pylist() == wanted
    assert calcgrad.map("d - 12345678901234567890", table, wrt="")["value"].to_pylist()[2] == 0.12
    pq.write_table(table, "t.parquet")
    assert ask("map", "n - 2^60", "--over", "t.parquet", "-o", "t.csv").code == 1
    assert Path("t.csv").read_text().splitlines()[1:3] == [
        "1152921504606846977,0.10,1.5,,1.0,1.0,1.0,", ",,2.5,,inf,,,missing",
    ]  # fmt: skip
    assert ask("map", "n - 2^60", "--over", "t.parquet", "-o", "t.jsonl").code == 1
    assert Path("t.jsonl").read_text().splitlines()[1:] == [
        '{"n":null,"d":null,"c":2.5,"z":null,"x":null,"value":null,"d_n":null,"reason":"missing"}',
        '{"n":3,"d":12345678901234567890.12,"c":null,"z":null,"x":2.0,'
        '"value":-1.152921504606847e+18,"d_n":1.0,"reason":null}',
    ]
    pq.write_table(pa.table({"x": [1.0], "b": pa.array([b"1"])}), "b.parquet")
    assert "a column holds bytes" in ask("map", "x", "--over", "b.parquet", "-o", "b.csv").err
    assert ask("map", "x", "--over", "b.parquet", "-o", "c.parquet").code == 0


def test_a_frame_holds_real_numbers_or_nothing() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frames = [
        pandas.DataFrame({"x": pandas.array([2**60 + 1, None], "Int64")}),
        polars.DataFrame({"x": [2**60 + 1, None]}),
    ]
    for frame in frames:
        made = calcgrad.map("x - 2^60", frame)
        assert made["value"][0] == 1.0 and list(made["reason"])[1] == "missing"
    for values in (["1"], [1j], pandas.to_datetime(["2020-01-01"]), pandas.to_timedelta([1], unit="s")):
        with pytest.raises(calcgrad.CalcgradError, match="not real numbers"):
            calcgrad.map("x", pandas.DataFrame({"x": values}))
    with pytest.raises(calcgrad.CalcgradError, match="two columns x"):
        calcgrad.map("x", pandas.DataFrame([[1, 2]], columns=["x", "x"]))
    for series in (pandas.Series([1.0]), polars.Series([1.0])):
        with pytest.raises(calcgrad.CalcgradError, match="no table"):
            calcgrad.map("x", series)
    assert calcgrad.map("x", pandas.DataFrame([[1]]), rename={"x": "0"})["value"].tolist() == [1.0]


def test_without_pyarrow_it_is_asked_for(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.setattr(mapping, "fast", lambda: False)
    Path("t.parquet").write_bytes(b"PAR1")
    answer = ask("map", "x", "--over", "t.parquet")
    assert answer.code == 2 and answer.err == (
        "error: .parquet needs pyarrow\nhint: pip install 'calcgrad[parquet]'\n"
    )


def test_tables_in_memory_come_back_as_they_came() -> None:
    wanted = calcgrad.map("log(x)*y", {"x": [np.nan if x is None else x for x in X], "y": Y})
    words = [each or None for each in wanted["reason"].tolist()]
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    pa = pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"x": X, "y": Y}, index=list("abcde"))
    made = calcgrad.map("log(x)*y", frame)
    assert type(made) is type(frame) and made.index.equals(frame.index) and list(frame.columns) == ["x", "y"]
    np.testing.assert_array_equal(made["d_x"].to_numpy(), wanted["d_x"])
    assert [each if isinstance(each, str) else None for each in made["reason"]] == words
    for table in (polars.DataFrame({"x": X, "y": Y}), pa.table({"x": X, "y": Y})):
        made = calcgrad.map("log(x)*y", table)
        assert type(made) is type(table)
        rows = made.to_dict(as_series=False) if hasattr(made, "to_dict") else made.to_pydict()
        assert rows["reason"] == words
        assert rows["d_x"] == [None if each != each else each for each in wanted["d_x"].tolist()]

    class Stream:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.table({"x": X, "y": Y}).__arrow_c_stream__(requested_schema)

    assert calcgrad.map("log(x)*y", Stream())["reason"].to_pylist() == words


@pytest.mark.parametrize("table", [3, [1, 2], {"x": ["a"]}, {"x": [1], "y": [1, 2]}, {"x": [[1]]}])
def test_what_is_no_table_is_refused(table: Any) -> None:
    with pytest.raises(calcgrad.CalcgradError):
        calcgrad.map("x*y" if isinstance(table, dict) and "y" in table else "x", table)


def test_tables_behind_urls(ask: Ask) -> None:
    fsspec = pytest.importorskip("fsspec")
    pq = pytest.importorskip("pyarrow.parquet")
    memory = fsspec.filesystem("memory")
    for name in ("a.csv", "sub/b.csv"):
        memory.pipe(f"/in/{name}", b"x,y\n1,2\n0,1\n")
    words = ["map", "log(x)*y", "--over", "memory://in", "-o", "memory://out"]
    assert ask(*words).code == 1
    assert memory.cat("/out/sub/b.csv").decode().splitlines()[1:] == ["1,2,0.0,2.0,0.0,", "0,1,,,,undefined"]
    memory.rm("/out/a.csv")
    answer = ask(*words, "--resume")
    assert (
        answer.code == 1 and "1 of 2 files were there already" in answer.err and memory.exists("/out/a.csv")
    )
    assert ask("map", "x", *words[2:], "--resume").code == 2
    assert ask("map", "x*y", "--over", "memory://in/a.csv", "-o", "memory://o.parquet").code == 0
    assert pq.read_table(memory.open("/o.parquet"))["value"].to_pylist() == [2.0, 0.0]
    assert (
        ask("map", "x*y", "--over", "memory://o.parquet", "-o", "no.csv").code == 2
    )  # value is there already
    assert ask("map", "f = x*y", "--over", "memory://o.parquet", "-o", "yes.csv").code == 0
    assert ask("map", "x", "--over", "memory://none.csv").code == 2
    assert ask("map", "x", "--over", "nothing://none.csv").code == 2
