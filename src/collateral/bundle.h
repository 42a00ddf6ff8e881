// Collateral for where there is no network: what a store holds, in one file that its exporter signed.
//
// A bundle is deterministic CBOR: [version 1, manifest: COSE_Sign1, blobs: [bytes…]]. The manifest's payload is canonical
// JSON (RFC 8785) with every item's entry; the blobs are exactly those that it names, in the order of their SHA-256. So the
// same items, time and key (where its signatures are deterministic) give the same bytes.
#pragma once

#include <map>

#include "collateral/store.h"
#include "token/cose.h"

namespace cloister::collateral {

inline constexpr std::size_t kMaxBundleBytes = std::size_t{256} << 20;
inline constexpr std::string_view kManifestContentType = "application/vnd.cloister.collateral+json";

// Every item of `store`, as it is: expired ones are left out and named in `left_out`. Errors: those of Store::Read, so nothing
// corrupt is passed on.
struct Exported {
  Bytes file;
  std::size_t items = 0;
  std::vector<std::string> left_out;
};
Result<Exported> ExportBundle(const Store& store, const crypto::SigningKey& key, Time issued);

// A bundle whose manifest the signer signed and whose blobs are what the manifest says. Only ReadBundle makes one. The items
// in it are not checked yet: Import does that.
class VerifiedBundle {
 public:
  const crypto::Sha256Digest& signer() const { return mark_.signer; }  // the key's thumbprint (RFC 9679)
  Time issued() const { return mark_.issued; }
  const Entries& entries() const { return entries_; }
  const ImportMark& mark() const { return mark_; }
  // The item of one of entries().
  Item ItemOf(const Entry& entry) const;

 private:
  friend Result<VerifiedBundle> ReadBundle(ByteSpan, const crypto::VerifyingKey&);
  VerifiedBundle() = default;
  Entries entries_;
  ImportMark mark_{};
  std::map<crypto::Sha256Digest, Bytes> blobs_;
};

// kMalformed, kLimit; kUntrusted: another key signed it, or a blob is not what the manifest says; kUnsupported: a version or a
// kind that we do not know.
Result<VerifiedBundle> ReadBundle(ByteSpan file, const crypto::VerifyingKey& signer);

// Whether a bundle may be older than the last that came from its signer.
enum class Rollback { kRefuse, kAllow };

struct Imported {
  std::vector<std::string> taken;
  std::vector<std::string> kept;     // the store's own was issued later, or is the same
  std::vector<std::string> expired;  // not taken
};
// Checks every item of `bundle` against the store's anchors and puts those that hold at `now` and are not older than the
// store's: all of them, or none where one is false. kStale: an older bundle than the signer's last; kConflict: another of the
// same time; kMismatch: an item's dates are not what the manifest says; kMalformed: issued after `now` by over a day; those of
// CheckItem.
Result<Imported> ImportBundle(Store& store, const VerifiedBundle& bundle, Time now, Rollback rollback = Rollback::kRefuse);

}  // namespace cloister::collateral
