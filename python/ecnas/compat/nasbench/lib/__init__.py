"""The parts of `nasbench.lib` that do not train networks."""
