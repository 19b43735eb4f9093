// Finds the address at which the generator reaches the responder, among several candidates; or
// whether another program answers as it should, before anything is measured.
//
// A candidate counts only if it answers with the flow ids of this run: the same private address
// (172.17.0.1 of docker, 192.168.122.1 of libvirt) can be another machine here than there.

#pragma once

#include <cstddef>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "bench/load/session.h"
#include "transports/transport.h"

namespace sockmark {

// For all candidates together.
inline constexpr Nanoseconds kReachTimeout = std::chrono::seconds(5);

// The index of the first candidate that answers. They are tried in their order, each a quarter of a
// second after the one before, or as soon as that one has failed. Blocks until `deadline` at most.
// `answer_bytes`: the size of the responder's answer to a message of kHeaderBytes.
// Errors: one line that names every candidate and what became of it. Must: there is a candidate.
[[nodiscard]] Result<std::size_t> reach(const Transport& transport, const ChannelOptions& options,
                                        FlowIds flows, std::span<const Address> candidates,
                                        std::size_t answer_bytes, Instant deadline);

}  // namespace sockmark
