#include "appraisal/reference_values.h"

namespace cloister::appraisal {

Result<ReferenceValue> ReferenceValues::Find(const crypto::Sha384Digest& measurement, Time now) const {
  const ReferenceValue* outdated = nullptr;
  for (const ReferenceValue& value : values_) {
    if (value.measurement != measurement) continue;
    if (value.not_before <= now && now < value.not_after) return value;
    outdated = &value;
  }
  const std::string name = ToHex(ByteSpan(measurement).first(8)) + "…";
  if (outdated != nullptr) {
    return Error(ErrorCode::kExpired, "measurement " + name + ": expected an endorsement in force at " + ToRfc3339(now) +
                                          ", that of " + outdated->endorser + " is from " + ToRfc3339(outdated->not_before) +
                                          " to " + ToRfc3339(outdated->not_after));
  }
  return Error(ErrorCode::kNotFound, "measurement " + name + ": expected one that the certifier endorsed, nobody endorsed it");
}

}  // namespace cloister::appraisal
