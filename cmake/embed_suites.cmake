# Writes suites.cc: the text of every suite of suites/, so that the binary has them wherever it is.
# Run as a script: cmake -DOUTPUT=... -DSOURCE=... -P embed_suites.cmake
file(GLOB paths ${SOURCE}/*.json)
list(SORT paths)
set(rows "")
foreach(path IN LISTS paths)
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} text)
  if(name STREQUAL "template")
    set(template "${text}")
  else()
    string(APPEND rows "      {\"${name}\", R\"json(${text})json\"},\n")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#include \"bench/plan/suite.h\"

namespace sockmark {

const std::vector<BuiltinSuite>& builtin_suites() {
  static const std::vector<BuiltinSuite> suites = {
${rows}  };
  return suites;
}

std::string_view suite_template() {
  return R\"json(${template})json\";
}

}  // namespace sockmark
" @ONLY)
