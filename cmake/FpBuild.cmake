# Compiler settings and the four helpers that every room uses:
#   fp_room(NAME SOURCES ... LINK ...)          one static library a room
#   fp_test(NAME SOURCES ... LINK ...)          one test program, registered with ctest
#   fp_embed(TARGET SYMBOL FILE)                a file of share/ or po/ as a constant in the program
#   fp_embed_table(TARGET SYMBOL FOLDER ENDING NAMES...)  files of one folder, as a table of them
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

option(FP_WERROR "Warnings are errors" OFF)
set(FP_SANITIZE "" CACHE STRING "Value of -fsanitize, e.g. address,undefined")

add_compile_definitions(_GNU_SOURCE FP_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wformat=2
  -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings
  -fstack-protector-strong -ffp-contract=off -fno-common)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT FP_SANITIZE)
  add_compile_options(-Wnull-dereference)
endif()
if(FP_WERROR)
  add_compile_options(-Werror)
endif()
if(FP_SANITIZE)
  add_compile_options(-fsanitize=${FP_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${FP_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -pie)

function(fp_room name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_library(fp_${name} STATIC ${A_SOURCES})
  target_include_directories(fp_${name} PUBLIC "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(fp_${name} PUBLIC ${A_LINK} m)
endfunction()

function(fp_test name)
  cmake_parse_arguments(A "" "" "SOURCES;LINK;LABELS" ${ARGN})
  pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
  add_executable(test_${name} ${A_SOURCES})
  target_compile_definitions(test_${name} PRIVATE
    FP_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data" FP_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_include_directories(test_${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests")
  target_link_libraries(test_${name} PRIVATE ${A_LINK} PkgConfig::CHECK)
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${A_LABELS}"
    ENVIRONMENT "CK_DEFAULT_TIMEOUT=120;OPENBLAS_NUM_THREADS=1")
endfunction()

function(fp_embed target symbol file)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  add_custom_command(OUTPUT "${out}"
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol}
            -P "${CMAKE_SOURCE_DIR}/cmake/embed.cmake"
    DEPENDS "${file}" "${CMAKE_SOURCE_DIR}/cmake/embed.cmake" VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()

# `const fp_embedded SYMBOL[]` and `const ptrdiff_t SYMBOL_count` (base/embedded.h): the files
# FOLDER/NAME.ENDING under their names.
function(fp_embed_table target symbol folder ending)
  set(declared "")
  set(rows "")
  foreach(name IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "${symbol}_${name}" file)
    fp_embed(${target} ${file} "${CMAKE_SOURCE_DIR}/${folder}/${name}.${ending}")
    string(APPEND declared "extern const unsigned char ${file}[];\nextern const size_t ${file}_size;\n")
    string(APPEND rows "    {\"${name}\", ${file}, &${file}_size},\n")
  endforeach()
  list(LENGTH ARGN count)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  file(CONFIGURE OUTPUT "${out}" CONTENT "#include \"base/embedded.h\"\n${declared}\
extern const fp_embedded ${symbol}[];\nextern const ptrdiff_t ${symbol}_count;\n\
const fp_embedded ${symbol}[] = {\n${rows}};\nconst ptrdiff_t ${symbol}_count = ${count};\n" @ONLY)
  target_sources(${target} PRIVATE "${out}")
endfunction()
