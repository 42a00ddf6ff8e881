// Collects evidence about the machine that this program runs in.
#pragma once

#include "evidence/snp/verify.h"
#include "formats/json.h"

namespace cloister::attester {

// What the caller wants the hardware to sign: a digest over its nonce and keys, padded with zeros.
using ReportData = std::array<std::uint8_t, 64>;

struct CollectedEvidence {
  std::string tee;  // the KBS protocol's name of the hardware: "snp", "tdx", "cca"
  evidence::SnpEvidence snp;  // "snp"
  Bytes signed_blob = {};     // "tdx": the quote, without padding; "cca": the token
  std::optional<Bytes> event_log = {};  // "tdx": the CCEL, where the caller has one

  // The KBS protocol's evidence JSON. kUnsupported: another tee.
  Result<formats::Json> ToJson() const;
};

class Attester {
 public:
  virtual ~Attester() = default;
  // Fresh evidence over `report_data`, signed during the call. It is not verified: that is for whoever asked.
  virtual Result<CollectedEvidence> Collect(const ReportData& report_data) = 0;
};

}  // namespace cloister::attester
