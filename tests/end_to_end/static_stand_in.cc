// What the tests of --worker-program push send along: a static program that becomes the built one,
// which needs shared libraries. A static build of sockmark would take minutes.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int, char** arguments) {
  const char* const program = std::getenv("SOCKMARK");
  if (program == nullptr) return 2;
  ::execv(program, arguments);
  std::perror(program);
  return 2;
}
