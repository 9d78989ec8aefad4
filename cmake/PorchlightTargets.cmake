# How targets of this project are made: one warning level, one sanitizer switch, one place for plugins.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

add_library(porchlight-options INTERFACE)
target_compile_options(porchlight-options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique> -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
option(PORCHLIGHT_WERROR "Warnings are errors" OFF)
if(PORCHLIGHT_WERROR)
    target_compile_options(porchlight-options INTERFACE -Werror)
endif()
# -O2 in general (it builds faster); the worker and the detectors, which touch pixels, ask for -O3 themselves.
string(REPLACE "-O3" "-O2" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105651 and relatives: false alarms in std::string
    target_compile_options(porchlight-options INTERFACE -Wno-restrict
        $<$<CONFIG:Release>:-Wno-array-bounds -Wno-stringop-overflow>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(porchlight-options INTERFACE -Wno-unknown-warning-option -Wno-ignored-optimization-argument)
endif()
target_compile_definitions(porchlight-options INTERFACE PORCHLIGHT_VERSION="${PROJECT_VERSION}"
    _FILE_OFFSET_BITS=64 _LARGEFILE64_SOURCE _REENTRANT _THREAD_SAFE _XOPEN_SOURCE=500)  # as Poco wants them: one precompiled header for all
target_link_libraries(porchlight-options INTERFACE Threads::Threads)
if(PORCHLIGHT_SANITIZE)
    target_compile_options(porchlight-options INTERFACE -fsanitize=${PORCHLIGHT_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(porchlight-options INTERFACE -fsanitize=${PORCHLIGHT_SANITIZE})
    target_compile_definitions(porchlight-options INTERFACE PORCHLIGHT_SANITIZED)
endif()
if(PORCHLIGHT_FUZZ)
    target_compile_options(porchlight-options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_link_options(porchlight-options INTERFACE -Wl,--as-needed -Wl,-O1 -Wl,-z,relro)
endif()

add_library(porchlight-sdk INTERFACE)
target_include_directories(porchlight-sdk INTERFACE ${CMAKE_SOURCE_DIR}/core/sdk)
target_link_libraries(porchlight-sdk INTERFACE porchlight-options)

# The standard headers that nearly every file includes, parsed once for all libraries and plugins. What it and
# unity builds hide (a missing include, a name from next door) `tests/check/threads --alone` finds. installer/run builds in
# unity pieces, too, but where memory is short.
option(PORCHLIGHT_SHARED_HEADER "Precompile the standard headers" ON)
if(PORCHLIGHT_SHARED_HEADER)
    target_compile_options(porchlight-options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # for ccache
    add_library(porchlight-shared-header OBJECT ${CMAKE_SOURCE_DIR}/cmake/shared_header.cpp)
    target_link_libraries(porchlight-shared-header PRIVATE porchlight-sdk)
    target_precompile_headers(porchlight-shared-header PRIVATE <algorithm> <atomic> <chrono> <condition_variable>
        <deque> <filesystem> <functional> <map> <memory> <mutex> <optional> <span> <string> <string_view> <thread>
        <variant> <vector>)
endif()
function(porchlight_share_header target)
    if(PORCHLIGHT_SHARED_HEADER)
        target_precompile_headers(${target} REUSE_FROM porchlight-shared-header)
    endif()
endfunction()

# Libraries without a CMake package of their own: pkg-config names -> imported targets PkgConfig::NAME.
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(AVFORMAT REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil)
pkg_check_modules(SWSCALE REQUIRED IMPORTED_TARGET libswscale)
pkg_check_modules(SWRESAMPLE REQUIRED IMPORTED_TARGET libswresample)
pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
pkg_check_modules(MOSQUITTO REQUIRED IMPORTED_TARGET libmosquitto)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
find_package(OpenSSL REQUIRED)
find_package(Poco REQUIRED COMPONENTS Foundation Net NetSSL Util JSON)
find_package(PorchlightOpenCV REQUIRED)

# porchlight_core_library(NAME [PUBLIC libs...]): static library of all .cpp files in this folder and in its rooms (folders
# without a CMakeLists.txt), headers found as "NAME/header.h" and "NAME/ROOM/header.h".
function(porchlight_core_library name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    file(GLOB rooms CONFIGURE_DEPENDS LIST_DIRECTORIES true ${CMAKE_CURRENT_SOURCE_DIR}/*)
    foreach(room ${rooms})
        if(IS_DIRECTORY ${room} AND NOT EXISTS ${room}/CMakeLists.txt)
            file(GLOB in_room CONFIGURE_DEPENDS ${room}/*.cpp)
            list(APPEND sources ${in_room})
        endif()
    endforeach()
    if(NOT sources)
        add_library(porchlight-${name} INTERFACE)
        target_include_directories(porchlight-${name} INTERFACE ${CMAKE_SOURCE_DIR}/core)
        target_link_libraries(porchlight-${name} INTERFACE porchlight-sdk ${ARGN})
        return()
    endif()
    add_library(porchlight-${name} STATIC ${sources})
    target_include_directories(porchlight-${name} PUBLIC ${CMAKE_SOURCE_DIR}/core)
    porchlight_share_header(porchlight-${name})
    target_link_libraries(porchlight-${name} PUBLIC porchlight-sdk ${ARGN})
endfunction()

# porchlight_plugin_code(NAME libs...): all of this plugin but plugin.cpp as a static library NAME-code, so that another plugin
# can be made of it, too: it includes "NAME/header.h". Before porchlight_plugin(NAME), which links it.
function(porchlight_plugin_code name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/plugin.cpp)
    add_library(${name}-code STATIC ${sources})
    target_include_directories(${name}-code PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_include_directories(${name}-code INTERFACE ${CMAKE_SOURCE_DIR}/plugins ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name}-code PUBLIC porchlight-sdk ${ARGN})
    porchlight_share_header(${name}-code)
endfunction()

# porchlight_plugin(NAME libs...): a loadable module bin/../plugins/NAME.so of all .cpp files in this folder and its rooms.
function(porchlight_plugin name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
    if(TARGET ${name}-code)
        set(sources ${CMAKE_CURRENT_SOURCE_DIR}/plugin.cpp)
        list(APPEND ARGN ${name}-code)
    endif()
    add_library(${name} MODULE ${sources})
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE porchlight-sdk ${ARGN})
    porchlight_share_header(${name})
    target_link_options(${name} PRIVATE -Wl,-z,nodelete)
    if(NOT PORCHLIGHT_SANITIZE)
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    add_dependencies(porchlight-plugins ${name})
endfunction()
add_custom_target(porchlight-plugins ALL)
