// The owner's own copies of contracts and certifications, and what the owner took back.
#pragma once

#include "contract/run.h"
#include "contract/signed_contract.h"
#include "store/store.h"

namespace cloister::broker::internal {

struct OwnersRevocation {
  std::string reason;
  Time time;
};

// Safe to use from several threads. Everything was verified before it came here, and contracts are verified again on
// the way out, so that a changed row is noticed.
class Shelf {
 public:
  explicit Shelf(store::Store& store) : store_(store) {}

  // Adds the signatures to those that are there.
  Result<void> PutContract(const contract::SignedContract& contract);
  Result<contract::SignedContract> FindContract(const contract::Digest& digest);  // kNotFound
  Result<std::vector<contract::SignedContract>> AllContracts();

  Result<void> Revoke(const contract::Digest& digest, std::string_view reason, Time now);
  Result<std::optional<OwnersRevocation>> RevocationOf(const contract::Digest& digest);

  Result<void> PutCertification(const contract::Verified<contract::Certification>& certification);
  // Of that certifier; their signatures were verified when they came in.
  struct KeptCertification {
    contract::Digest digest;  // of the COSE bytes
    contract::Certification certification;
  };
  Result<std::vector<KeptCertification>> CertificationsBy(std::string_view certifier);
  Result<std::vector<KeptCertification>> AllCertifications();

  // The run request and certification that a run was reserved with, for its release.
  struct RunPapers {
    Bytes run_request;
    Bytes certification;
  };
  Result<void> PutRunPapers(std::string_view run, const RunPapers& papers);
  Result<RunPapers> FindRunPapers(std::string_view run);  // kNotFound

 private:
  store::Store& store_;
};

}  // namespace cloister::broker::internal
