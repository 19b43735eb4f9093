# Run as a script at build time: cmake -DNPM=... -DSOURCE=... -DFOLDER=... -DREMEDY=... -P npm_ci.cmake
file(MAKE_DIRECTORY ${FOLDER})
foreach(name IN ITEMS package.json package-lock.json .npmrc)
  file(COPY_FILE ${SOURCE}/${name} ${FOLDER}/${name})
endforeach()
# No package of ours needs its install script, so none is run.
execute_process(COMMAND ${NPM} ci --ignore-scripts --loglevel=error --no-progress
                WORKING_DIRECTORY ${FOLDER} OUTPUT_QUIET ERROR_VARIABLE said RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "npm ci could not fetch the packages of ${SOURCE}/package-lock.json; ${REMEDY}\n${said}")
endif()
file(TOUCH ${FOLDER}/installed)
