// Writing what must not be half written.
//
// A reader of `path` sees the old file or the new one, never a part, whatever happens to this
// process or the disk. Blocking; any thread. Errors: one line that names the path and the cause.
// Must: SIGPIPE is ignored in this process, so that a closed pipe is an error and not a death.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark::report {

// Writes a file beside it, makes it durable, and renames it over `path`. Mode 0644 less the umask.
// On an error `path` is as it was and nothing is left behind. A symbolic link stays: what it points
// to is replaced. What is not a regular file (/dev/stdout, /dev/full, a FIFO) cannot be replaced
// and is written directly; opening a FIFO waits for its reader.
[[nodiscard]] Result<> write_file_atomically(const std::string& path, std::string_view text);

// Finds before measuring what would fail after it: a directory that is absent or not writable, a
// target that is a directory or write-protected. Cannot foresee a full disk.
[[nodiscard]] Result<> check_writable(const std::string& path);

// Whether other files may stand beside `path`: it is a regular file, or nothing yet.
[[nodiscard]] bool is_plain_file(const std::string& path);

// A name that was made or removed is durable only once its directory is.
[[nodiscard]] Result<> sync_directory(const std::string& path);

// All of `text`, waiting where the descriptor is non-blocking and full. `name` is for errors.
[[nodiscard]] Result<> write_all(int descriptor, std::string_view text, std::string_view name);

}  // namespace sockmark::report
