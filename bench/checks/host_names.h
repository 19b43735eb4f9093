// Host names in the addresses of a plan.

#pragma once

#include "base/result.h"
#include "bench/plan/plan.h"
#include "bench/remote/ends.h"

namespace sockmark {

// The plan with the address of each case whose address has a name. It decides the transport (tcp or
// tcp6); the id of the case keeps the name. Asks the resolver once for each name, before anything
// is measured.
//
// Both ends here: the first address that belongs to this machine, because the responder listens
// there. An end elsewhere: the responder, which may know its machine by other addresses, listens at
// all of them, and the generator tries the addresses of the name.
// A foreign responder: the generator tries all addresses of the name.
// Errors: one line with the resolver's words, or the addresses that are of other machines.
[[nodiscard]] Result<Plan> resolve_names(Plan plan, const EndsOptions& ends = {});

}  // namespace sockmark
