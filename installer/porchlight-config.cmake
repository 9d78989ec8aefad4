# CMake's view of an installed Porchlight SDK: find_package(porchlight), then
#   porchlight_plugin(capture-mine libraries...)    a plugin of all .cpp files of this folder; copy it to /usr/lib/porchlight/plugins
get_filename_component(_porchlight_include "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)
if(NOT TARGET porchlight::sdk)
    find_package(Threads REQUIRED)
    add_library(porchlight::sdk INTERFACE IMPORTED)
    set_target_properties(porchlight::sdk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_porchlight_include}"
        INTERFACE_LINK_LIBRARIES Threads::Threads INTERFACE_COMPILE_FEATURES cxx_std_20)
endif()

# C++20 without extensions, as Porchlight itself: the stamp names the language, and another one is refused.
function(porchlight_plugin name)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    add_library(${name} MODULE ${sources})
    target_link_libraries(${name} PRIVATE porchlight::sdk ${ARGN})
    target_link_options(${name} PRIVATE -Wl,-z,nodelete -Wl,-z,defs)
    set_target_properties(${name} PROPERTIES PREFIX "" CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
