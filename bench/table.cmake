ecnas_benchmark(ecnas_table_bench table_bench.cpp LIBRARIES ecnas::table)
ecnas_benchmark(ecnas_tfrecord_bench tfrecord_bench.cpp LIBRARIES ecnas::surrogate ecnas::table)
target_sources(ecnas_tfrecord_bench PRIVATE published_records.cpp)

# A file like a published one, to try the program on.
add_executable(ecnas_make_published_records make_published_records.cpp published_records.cpp)
target_include_directories(ecnas_make_published_records PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_link_libraries(ecnas_make_published_records
  PRIVATE ecnas::surrogate ecnas::table ecnas_build_options)
