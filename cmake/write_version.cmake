# Writes build_version.h; touched only when something changed, so that nothing is rebuilt needlessly.
# Run as a script at every build: cmake -DOUTPUT=... -DSOURCE=... -DVERSION=... -P write_version.cmake
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty
                OUTPUT_VARIABLE git OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT git)
  set(git "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once
#define SOCKMARK_VERSION \"${VERSION}\"
#define SOCKMARK_GIT \"${git}\"
#define SOCKMARK_BUILD_TYPE \"${BUILD_TYPE}\"
#define SOCKMARK_COMPILER \"${COMPILER}\"
#define SOCKMARK_FLAGS \"${FLAGS}\"
")
