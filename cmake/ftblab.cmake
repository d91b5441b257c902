# How every part of ftblab is compiled.
#
#   ftblab_library(NAME [PRODUCT] SOURCES... [USES libraries...])
#                                                         a static library of this folder, its headers visible
#                                                         to those who use it; PRODUCT: others link it, so it is
#                                                         shared if BUILD_SHARED_LIBS is set
#   ftblab_embed(TARGET FILES...)                         compile FILES into TARGET: for data/a-b.json the arrays
#                                                         ftblab_embedded_<file name with _ for other characters> and ..._length

function(ftblab_compile_options target)
  # A function may be put in line where it is called, although a shared library could have another one of its name.
  target_compile_options(${target} PRIVATE -fno-semantic-interposition)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -fexceptions
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wshadow>
    $<$<BOOL:${FTBLAB_WERROR}>:-Werror>)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
  if(FTBLAB_SANITIZE_THREAD)
    target_compile_options(${target} PRIVATE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=thread)
  endif()
  if(FTBLAB_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(FTBLAB_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(ftblab_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "PRODUCT" "" "SOURCES;USES")
  set(kind STATIC)
  if(arg_PRODUCT)
    set(kind "") # by BUILD_SHARED_LIBS
  endif()
  add_library(ftblab-${name} ${kind} ${arg_SOURCES})
  ftblab_compile_options(ftblab-${name})
  target_include_directories(ftblab-${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>)
  target_link_libraries(ftblab-${name} PUBLIC ${arg_USES})
  if(arg_PRODUCT)
    ftblab_product(ftblab-${name} ${name})
  endif()
endfunction()

# What others link: it has a version, exports only names that begin with ftblab_, and is ftblab::NAME of the package.
function(ftblab_product target name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exported.map)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/ftblab>)
  if(BUILD_SHARED_LIBS)
    target_link_options(${target} PRIVATE LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exported.map)
  endif()
endfunction()

function(ftblab_embed target)
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER "ftblab_embedded_${name}" symbol)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
      VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endforeach()
endfunction()
