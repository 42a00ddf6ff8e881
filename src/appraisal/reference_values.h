// What measurements are expected to be (RFC 9334 §8.3), who says so, and until when.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/hash.h"

namespace cloister::appraisal {

// "A room with this launch measurement is good", by somebody whose signature the caller has verified.
struct ReferenceValue {
  crypto::Sha384Digest measurement;
  std::string endorser;  // such as the certifier's DID
  Time not_before;
  Time not_after;        // half-open
};

class ReferenceValues {
 public:
  void Add(ReferenceValue value) { values_.push_back(std::move(value)); }
  bool empty() const { return values_.empty(); }

  // The value that covers `measurement` at `now`. kNotFound: nobody endorsed it; kExpired: it was endorsed, not for now.
  Result<ReferenceValue> Find(const crypto::Sha384Digest& measurement, Time now) const;

 private:
  std::vector<ReferenceValue> values_;
};

}  // namespace cloister::appraisal
