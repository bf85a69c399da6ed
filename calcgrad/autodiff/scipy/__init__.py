"""SciPy's functions where NumPy's protocols do not reach: its names, for floats, arrays and Variables alike.

    from calcgrad.autodiff.scipy import special, linalg, stats, integrate
    grad(lambda x: stats.norm.logpdf(x, 0.0, 2.0))(1.0)

``scipy.special``'s own ufuncs work on Variables as they are, by the rules of ``special``. None of these modules
needs SciPy but where it says so, and nothing imports them, nor SciPy, for those who use NumPy alone.
"""
