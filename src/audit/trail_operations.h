#pragma once

#include "audit/audit_log.h"
#include "wire/call.h"

namespace sagebrush::audit {

// CloudTrail's LookupEvents over the trail that `log` keeps. `log` outlives the table.
void AddTrailOperations(wire::OperationTable& table, AuditLog& log);

}  // namespace sagebrush::audit
