# Programs of their own, for docs/scaling.md: what claiming runs costs, and how it scales.
add_executable(ecnas_sweep_claims sweep_claims.cpp)
target_link_libraries(ecnas_sweep_claims PRIVATE ecnas::sweep ecnas_build_options)
add_executable(ecnas_sweep_simulation sweep_simulation.cpp)
target_link_libraries(ecnas_sweep_simulation PRIVATE ecnas::core ecnas_build_options)
