# The Debian packages, made by installer/package. Each install component is one package.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "The Porchlight authors")
set(CPACK_PACKAGE_CONTACT "The Porchlight authors <porchlight@localhost.localdomain>")
set(CPACK_PACKAGE_NAME porchlight)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(PORCHLIGHT_PACKAGE_VERSION ${PROJECT_VERSION} CACHE STRING "Version of the Debian packages")
set(CPACK_DEBIAN_PACKAGE_VERSION ${PORCHLIGHT_PACKAGE_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL appliance libcamera dev)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_APPLIANCE_PACKAGE_NAME porchlight)
set(CPACK_DEBIAN_APPLIANCE_PACKAGE_SECTION video)
set(CPACK_DEBIAN_APPLIANCE_DESCRIPTION "home surveillance appliance
Records network and USB cameras, tells what moves by MQTT and in Home
Assistant, and shows live pictures and history in the browser. Each camera
runs in a process of its own; every missing second is explained.")
set(CPACK_DEBIAN_APPLIANCE_PACKAGE_DEPENDS "default-systemd-sysusers | systemd-sysusers | systemd, ca-certificates")
set(CPACK_DEBIAN_APPLIANCE_PACKAGE_RECOMMENDS "porchlight-libcamera, systemd-timesyncd | time-daemon")
set(CPACK_DEBIAN_APPLIANCE_PACKAGE_SUGGESTS "mosquitto")
set(debian ${CMAKE_SOURCE_DIR}/installer/debian)
set(scripts ${CMAKE_BINARY_DIR})  # with the version in them, by installer/package
set(CPACK_DEBIAN_APPLIANCE_PACKAGE_CONTROL_EXTRA
    "${scripts}/preinst;${scripts}/postinst;${scripts}/prerm;${scripts}/postrm;${debian}/conffiles")

set(CPACK_DEBIAN_LIBCAMERA_PACKAGE_NAME porchlight-libcamera)
set(CPACK_DEBIAN_LIBCAMERA_PACKAGE_SECTION video)
set(CPACK_DEBIAN_LIBCAMERA_DESCRIPTION "cameras of libcamera for Porchlight
The plugin for what libcamera knows, the cameras of a Raspberry Pi before all.
It is a package of its own because libcamera's interface changes with each of
its releases: such a change costs these cameras, not the appliance.")
set(CPACK_DEBIAN_LIBCAMERA_PACKAGE_DEPENDS "porchlight (= ${PORCHLIGHT_PACKAGE_VERSION}), libcamera-ipa")

set(CPACK_DEBIAN_LIBCAMERA_PACKAGE_CONTROL_EXTRA "${scripts}/preinst")  # else it alone would go back

set(CPACK_DEBIAN_DEV_PACKAGE_NAME porchlight-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_DEV_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEV_DESCRIPTION "headers for plugins of Porchlight
What a plugin for capture, detection, recording or alerts includes, with
CMake's view of it and a whole example plugin.")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "porchlight, cmake, g++")

install(FILES ${CMAKE_SOURCE_DIR}/config/porchlight.yaml DESTINATION etc/porchlight COMPONENT appliance)
install(FILES debian/porchlight.sysusers DESTINATION usr/lib/sysusers.d RENAME porchlight.conf COMPONENT appliance)
install(FILES debian/completion/porchlight.bash DESTINATION usr/share/bash-completion/completions RENAME porchlight COMPONENT appliance)
install(FILES debian/completion/_porchlight DESTINATION usr/share/zsh/vendor-completions COMPONENT appliance)
install(FILES debian/completion/porchlight.fish DESTINATION usr/share/fish/vendor_completions.d COMPONENT appliance)
# Made by installer/package: pages of the manual out of --help, and Debian's changelog.
install(DIRECTORY ${CMAKE_BINARY_DIR}/man1 ${CMAKE_BINARY_DIR}/man8 DESTINATION usr/share/man COMPONENT appliance)
foreach(pair appliance/porchlight libcamera/porchlight-libcamera dev/porchlight-dev)
    get_filename_component(component ${pair} DIRECTORY)
    get_filename_component(package ${pair} NAME)
    install(FILES debian/copyright ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION usr/share/doc/${package} COMPONENT ${component})
    install(FILES debian/overrides/${package} DESTINATION usr/share/lintian/overrides COMPONENT ${component} OPTIONAL)
endforeach()
include(CPack)
