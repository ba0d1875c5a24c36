ecnas_benchmark(ecnas_analysis_bench analysis_bench.cpp LIBRARIES ecnas::analysis)
