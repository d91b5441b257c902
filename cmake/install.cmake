# What `cmake --install` puts where. The program and its pages: cli/CMakeLists.txt. Here: the library for
# implementations' own tests, and everything that is data.
install(TARGETS ftblab-base ftblab-conformance ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES base/base.h conformance/conformance.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ftblab)
configure_file(cmake/ftblab-conformance.pc.in ${CMAKE_CURRENT_BINARY_DIR}/ftblab-conformance.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ftblab-conformance.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY scenarios platforms DESTINATION ${CMAKE_INSTALL_DATADIR}/ftblab)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
