# One Debian package for each party's part (`./run package`); docs/operations.md says who installs which. Nothing here is part
# of a plain `cmake --install`.
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
find_program(GZIP gzip)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packs what was built, and does not build every test first
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Cloister maintainers <maintainers@cloister.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${CMAKE_SOURCE_DIR}/build/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# cloister_package(COMPONENT PACKAGE SUMMARY TEXT [UNIT] [DEPENDS …]): PACKAGE is what COMPONENT installs, with its documents,
# maintainer scripts and, with UNIT, its systemd unit and defaults.
function(cloister_package component package summary text)
  cmake_parse_arguments(ARG "UNIT" "" "DEPENDS" ${ARGN})
  string(TOUPPER ${component} upper)
  set(doc share/doc/${package})
  set(here ${packaging}/debian/${package})
  set(made ${CMAKE_BINARY_DIR}/packaging/${package})
  file(MAKE_DIRECTORY ${made})
  file(READ ${packaging}/debian/changelog changelog)
  file(WRITE ${made}/changelog "${package}${changelog}")
  if(GZIP)
    execute_process(COMMAND ${GZIP} -9nkf ${made}/changelog)
    install(FILES ${made}/changelog.gz DESTINATION ${doc} COMPONENT ${component} EXCLUDE_FROM_ALL)
  endif()
  install(FILES ${packaging}/debian/copyright ${here}/README.Debian DESTINATION ${doc} COMPONENT ${component} EXCLUDE_FROM_ALL)
  if(EXISTS ${here}/lintian-overrides)
    install(FILES ${here}/lintian-overrides DESTINATION share/lintian/overrides COMPONENT ${component} EXCLUDE_FROM_ALL
      RENAME ${package})
  endif()
  if(ARG_UNIT)
    install(FILES ${packaging}/systemd/${package}.service DESTINATION /lib/systemd/system COMPONENT ${component} EXCLUDE_FROM_ALL)
    if(EXISTS ${packaging}/default/${package})
      install(FILES ${packaging}/default/${package} DESTINATION /etc/default COMPONENT ${component} EXCLUDE_FROM_ALL)
    endif()
  endif()
  file(GLOB control ${here}/postinst ${here}/prerm ${here}/postrm ${here}/conffiles)
  list(JOIN ARG_DEPENDS ", " depends)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${package} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${control}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${text}" PARENT_SCOPE)
endfunction()

set(about "Cloister runs clean rooms: parties who do not trust each other train\n\
together, while every party keeps its own keys. A key leaves its owner only\n\
for code that hardware has vouched for, under a contract that all signed.\n.\n")

cloister_package(cloister cloister "clean rooms for joint training: every party's tool"
  "${about}This is the command line tool for keys, sealing, contracts, receipts and\nproofs.")
cloister_package(broker cloister-broker "clean rooms for joint training: a party's key broker"
  "${about}This daemon releases one party's keys to attested rooms, under the party's\ncontracts and privacy budget."
  UNIT DEPENDS adduser)
cloister_package(ledger cloister-ledger "clean rooms for joint training: the ledger"
  "${about}This daemon is the append-only log of contract signatures, revocations,\nbudget account entries and run reports, with receipts."
  UNIT DEPENDS adduser)
cloister_package(room cloister-room "clean rooms for joint training: the measured room"
  "${about}This is the program that runs inside confidential hardware and is measured\nthere: install it in a guest image, not on a host."
  UNIT)
cloister_package(simulator cloister-simulator "SIMULATED hardware for clean rooms, for tests and demonstrations"
  "${about}This package SIMULATES a secure processor: nothing that it signs proves\nanything, and whoever is root on the host can read a guest's memory. It has\nno place in production."
  DEPENDS fuse3)
set(CPACK_COMPONENTS_ALL cloister broker ledger room simulator)
include(CPack)
