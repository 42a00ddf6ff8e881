# cloister_cargo(NAME DIR LIBRARY [ENV name=value…]): the imported static library cloister_NAME, at LIBRARY, is what cargo builds of
# the crate in DIR, with versions from its Cargo.lock and in a target folder of its own. LIBRARY is where the crate puts it.
find_program(CARGO cargo REQUIRED)
function(cloister_cargo name dir library)
  cmake_parse_arguments(ARG "" "" "ENV" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.rs ${dir}/src/*.rs)
  add_custom_command(OUTPUT ${library}
    COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${CMAKE_CURRENT_BINARY_DIR}/rust ${ARG_ENV}
      ${CARGO} build --release --locked --quiet --manifest-path ${dir}/Cargo.toml
    DEPENDS ${sources} ${dir}/Cargo.toml ${dir}/Cargo.lock
    COMMENT "Building ${name} with cargo"
    USES_TERMINAL VERBATIM)
  add_custom_target(cloister_${name}_build DEPENDS ${library})
  add_library(cloister_${name} STATIC IMPORTED GLOBAL)
  set_target_properties(cloister_${name} PROPERTIES IMPORTED_LOCATION ${library} INTERFACE_LINK_LIBRARIES "dl;m;Threads::Threads")
  add_dependencies(cloister_${name} cloister_${name}_build)
endfunction()
