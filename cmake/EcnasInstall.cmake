# `cmake --install`: the program, the modules as static libraries with their headers, and a package
# that `find_package(ecnas [COMPONENTS module…])` reads; see examples/consumer.
include(CMakePackageConfigHelpers)

get_property(ecnas_modules GLOBAL PROPERTY ECNAS_MODULES)
list(TRANSFORM ecnas_modules PREPEND ecnas_ OUTPUT_VARIABLE ecnas_targets)
set(ecnas_package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/ecnas)

# How a consumer finds the package behind a target that a module links.
function(ecnas_package_of target result)
  if(target MATCHES "^PkgConfig::(.+)$")
    # pkg_check_modules(PREFIX … NAME) keeps the name it looked for.
    set(${result} "pkg-config:${CMAKE_MATCH_1}:${${CMAKE_MATCH_1}_MODULE_NAME}" PARENT_SCOPE)
  elseif(target MATCHES "^([^:]+)::.+$")
    set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
  else()
    set(${result} "" PARENT_SCOPE)  # a plain library or flag: nothing to find
  endif()
endfunction()

# The outside packages that a module and the modules below it link, private ones included.
function(ecnas_package_closure module result)
  set(packages "")
  get_target_property(links ecnas_${module} LINK_LIBRARIES)
  foreach(link IN LISTS links)
    if(link MATCHES "^ecnas::(.+)$")
      ecnas_package_closure(${CMAKE_MATCH_1} below)
      list(APPEND packages ${below})
    elseif(NOT link MATCHES "BUILD_INTERFACE")
      ecnas_package_of(${link} package)
      list(APPEND packages ${package})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES packages)
  set(${result} "${packages}" PARENT_SCOPE)
endfunction()

set(ecnas_package_needs "set(_ecnas_modules ${ecnas_modules})\n")
foreach(module IN LISTS ecnas_modules)
  ecnas_package_closure(${module} packages)
  string(APPEND ecnas_package_needs "set(_ecnas_needs_${module} ${packages})\n")
endforeach()

install(TARGETS ${ecnas_targets} EXPORT ecnas-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT ecnas-targets NAMESPACE ecnas:: FILE ecnasTargets.cmake
  DESTINATION ${ecnas_package_directory})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ecnas
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/ecnasConfig.cmake.in ${PROJECT_BINARY_DIR}/cmake/ecnasConfig.cmake
  INSTALL_DESTINATION ${ecnas_package_directory})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/ecnasConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cmake/ecnasConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/ecnasConfigVersion.cmake DESTINATION ${ecnas_package_directory})

install(TARGETS ecnas RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The chart renderer is a Node script beside its locked packages (setup.sh puts them there).
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/report/chart
  DESTINATION ${CMAKE_INSTALL_DATADIR}/ecnas)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
