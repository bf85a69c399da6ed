"""Tables of any size: read batch by batch, computed, and written whole or not at all.

Formats stand in ``formats``, one class each; ``runs`` puts batches through a function of rows on several cores.
Nothing here knows what is computed: rows of numbers go in, columns of numbers and a reason for each gap come out.
"""
