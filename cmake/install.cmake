# What `cmake --install` puts where. The program and its pages: cli/CMakeLists.txt. Here: the library for
# implementations' own tests, and everything that is data.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ftblab)
install(TARGETS ftblab-base ftblab-conformance EXPORT ftblab-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES base/base.h conformance/conformance.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ftblab)
install(EXPORT ftblab-targets NAMESPACE ftblab:: DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ftblab-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/ftblab-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/ftblab-config-version.cmake DESTINATION ${package})
# The paths of the file are relative to itself, so that what is installed may be moved.
file(RELATIVE_PATH pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(cmake/ftblab-conformance.pc.in ${CMAKE_CURRENT_BINARY_DIR}/ftblab-conformance.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ftblab-conformance.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/ftblab)
install(DIRECTORY scenarios platforms DESTINATION ${CMAKE_INSTALL_DATADIR}/ftblab)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
