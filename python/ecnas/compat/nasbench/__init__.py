"""NAS-Bench-101's package `nasbench`: `from ecnas.compat.nasbench import api`.

`api` is what its documentation describes; `lib.config`, `lib.model_spec` and `lib.graph_util` hold
the parts that scripts import beside it. Nothing here needs TensorFlow.
"""
