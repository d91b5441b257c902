# How every part of ftblab is compiled.
#
#   ftblab_library(NAME SOURCES... [USES libraries...])   a static library of this folder, its headers visible
#                                                         to those who use it
#   ftblab_embed(TARGET FILES...)                         compile FILES into TARGET: for data/a-b.json the arrays
#                                                         ftblab_embedded_<file name with _ for other characters> and ..._length

function(ftblab_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -fexceptions
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wshadow>
    $<$<BOOL:${FTBLAB_WERROR}>:-Werror>)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
  if(FTBLAB_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(FTBLAB_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

function(ftblab_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES")
  add_library(ftblab-${name} STATIC ${arg_SOURCES})
  ftblab_compile_options(ftblab-${name})
  target_include_directories(ftblab-${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(ftblab-${name} PUBLIC ${arg_USES})
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
