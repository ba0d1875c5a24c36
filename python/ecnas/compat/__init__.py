"""Stand-ins for the published Python classes, over tables of ecnas.

`ecnas.compat.nasbench` behaves as the package `nasbench` of NAS-Bench-101, `ecnas.compat.ecnas` as
EC-NAS's class `ECNASBench`. Scripts written for them run by changing the import alone; what differs
stands in docs/python-compat.md.
"""
