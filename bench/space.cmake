ecnas_benchmark(ecnas_space_bench space_bench.cpp LIBRARIES ecnas::space)
