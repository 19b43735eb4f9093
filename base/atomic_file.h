// Files that are replaced as a whole.
//
// A reader of `path` sees the old file or the new one, never a part of one, even if this process is
// killed or the disk is full. Blocking; any thread. Errors: one line that names the path and the
// cause. Must: SIGPIPE is ignored in this process, so that a closed pipe is an error.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sockmark::report {

// Writes a temporary file in the same directory, syncs it, and renames it to `path`. Mode 0644 less
// the umask. On an error `path` is unchanged and the temporary file is removed. A symbolic link is
// kept and its target replaced. Other kinds of file (/dev/stdout, /dev/full, a FIFO) cannot be
// replaced and are written directly; opening a FIFO waits for its reader.
[[nodiscard]] Result<> write_file_atomically(const std::string& path, std::string_view text);

// The same, but the old file, if it is a regular one with content, is kept as `path`~ and replaces
// an older one there. Returns the path of the kept file; empty if there is none. On an error `path`
// is unchanged. Between the two, `path` exists at every moment, except on file systems without hard
// links.
[[nodiscard]] Result<std::string> write_file_keeping_old(const std::string& path,
                                                         std::string_view text);

// Checks before a measurement that its file can be written afterwards. Errors: the directory does
// not exist or is not writable, the target is a directory or write-protected. Does not detect a
// full disk.
[[nodiscard]] Result<> check_writable(const std::string& path);

// Whether `path` is a regular file or does not exist, so that other files can be put beside it.
[[nodiscard]] bool is_plain_file(const std::string& path);

// Syncs the directory of `path`: a name that was created or removed is durable only after that.
[[nodiscard]] Result<> sync_directory(const std::string& path);

// Writes all of `text`; waits if the descriptor is non-blocking and full. `name` is for errors.
[[nodiscard]] Result<> write_all(int descriptor, std::string_view text, std::string_view name);

}  // namespace sockmark::report
