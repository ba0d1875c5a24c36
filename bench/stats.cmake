ecnas_benchmark(ecnas_stats_bench stats_bench.cpp LIBRARIES ecnas::stats)
