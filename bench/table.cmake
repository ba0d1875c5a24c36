ecnas_benchmark(ecnas_table_bench table_bench.cpp LIBRARIES ecnas::table)
