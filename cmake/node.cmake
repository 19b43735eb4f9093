# node and npm, which bundle the HTML page and run its tests: SOCKMARK_NODE and SOCKMARK_NPM, both empty where
# the page is not built.

set(SOCKMARK_HTML AUTO CACHE STRING "Build the HTML page and scripts/plot, which need node and npm: AUTO, ON or OFF")
set_property(CACHE SOCKMARK_HTML PROPERTY STRINGS AUTO ON OFF)

function(sockmark_find_node)
  set(SOCKMARK_NODE "" PARENT_SCOPE)
  set(SOCKMARK_NPM "" PARENT_SCOPE)
  set(lost "`sockmark report --html` and scripts/plot will not work")
  if(SOCKMARK_HTML STREQUAL "AUTO")
    set(severity NOTICE)  # one line, which a warning is not
  elseif(SOCKMARK_HTML)
    set(severity FATAL_ERROR)
  else()
    message(STATUS "SOCKMARK_HTML is ${SOCKMARK_HTML}: ${lost}")
    return()
  endif()

  find_program(SOCKMARK_NODE_PROGRAM NAMES node nodejs)
  find_program(SOCKMARK_NPM_PROGRAM npm)
  mark_as_advanced(SOCKMARK_NODE_PROGRAM SOCKMARK_NPM_PROGRAM)
  set(missing "")
  if(NOT SOCKMARK_NODE_PROGRAM OR NOT SOCKMARK_NPM_PROGRAM)
    set(missing "node and npm are not both here")
  else()
    execute_process(COMMAND ${SOCKMARK_NODE_PROGRAM} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REGEX REPLACE "^v" "" version "${version}")
    if(version VERSION_LESS 18)
      set(missing "node is ${version}, older than 18")
    endif()
  endif()
  if(missing)
    message(${severity} "sockmark: ${missing}: ${lost} (scripts/install-packages html installs them)")
    return()
  endif()
  set(SOCKMARK_NODE ${SOCKMARK_NODE_PROGRAM} PARENT_SCOPE)
  set(SOCKMARK_NPM ${SOCKMARK_NPM_PROGRAM} PARENT_SCOPE)
endfunction()

# Installs the packages of SOURCE's lock file into FOLDER/node_modules at build time, once for each lock file;
# FOLDER/installed exists once that is done. REMEDY: what to do if it fails, a part of a sentence.
function(sockmark_npm_ci source folder remedy)
  set(inputs ${source}/package.json ${source}/package-lock.json ${source}/.npmrc)
  add_custom_command(OUTPUT ${folder}/installed
    COMMAND ${CMAKE_COMMAND} -DNPM=${SOCKMARK_NPM} -DSOURCE=${source} -DFOLDER=${folder} -DREMEDY=${remedy}
            -P ${SOCKMARK_ROOT}/cmake/npm_ci.cmake
    DEPENDS ${inputs} ${SOCKMARK_ROOT}/cmake/npm_ci.cmake
    COMMENT "Fetching the packages of ${source}/package-lock.json"
    VERBATIM)
endfunction()

sockmark_find_node()
