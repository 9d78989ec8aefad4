# OpenCV core and imgproc only: Debian's own package file wants every module installed, which is 335 packages.
find_path(PORCHLIGHT_OPENCV_INCLUDE opencv2/imgproc.hpp PATH_SUFFIXES opencv4)
find_library(PORCHLIGHT_OPENCV_CORE opencv_core)
find_library(PORCHLIGHT_OPENCV_IMGPROC opencv_imgproc)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(PorchlightOpenCV
    REQUIRED_VARS PORCHLIGHT_OPENCV_CORE PORCHLIGHT_OPENCV_IMGPROC PORCHLIGHT_OPENCV_INCLUDE)
if(PorchlightOpenCV_FOUND AND NOT TARGET porchlight::opencv)
    add_library(porchlight::opencv INTERFACE IMPORTED)
    set_target_properties(porchlight::opencv PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES ${PORCHLIGHT_OPENCV_INCLUDE}
        INTERFACE_LINK_LIBRARIES "${PORCHLIGHT_OPENCV_IMGPROC};${PORCHLIGHT_OPENCV_CORE}")
endif()
