ecnas_benchmark(ecnas_search_bench search_bench.cpp LIBRARIES ecnas::search)
