// The client's side of sockmark serve: connects, proves that it knows the key, and passes bytes
// between standard input and output and the sealed connection. To the runner it is a launcher
// (bench/remote/launcher.h) like ssh.
//
// Threading: the main thread of the process. Must: SIGPIPE is ignored.

#pragma once

#include <string>

#include "base/result.h"
#include "bench/serve/key.h"

namespace sockmark {

// Returns when the session has ended in order. `key`: null if none was given. Errors name `where`.
[[nodiscard]] Result<> dial(const std::string& where, const SecretKey* key);

}  // namespace sockmark
