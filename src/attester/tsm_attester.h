// Evidence by way of the kernel's configfs-tsm.
#pragma once

#include "attester/attester.h"
#include "attester/tsm_entries.h"
#include "crypto/random.h"

namespace cloister::attester {

// Takes reports of `sev_guest`, `tdx_guest` and `arm_cca_guest`. Each Collect() uses an entry of its own, with a random name, and removes it. `entries` and
// `random` are borrowed.
class TsmAttester final : public Attester {
 public:
  TsmAttester(TsmEntries& entries, crypto::RandomSource& random) : entries_(entries), random_(random) {}

  // kUnavailable: no report to be had (no driver, busy, or others kept writing to our entry); kUnsupported: another
  // provider; kMismatch: the report is over other report data; kMalformed: report or certificate table; kIo. Nothing is tried
  // again after a driver's failure: on SNP it may be for good.
  Result<CollectedEvidence> Collect(const ReportData& report_data) override;

 private:
  TsmEntries& entries_;
  crypto::RandomSource& random_;
};

}  // namespace cloister::attester
