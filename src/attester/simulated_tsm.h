// SIMULATED: the rules of configfs-tsm over a simulated processor. The simulator puts a file system over it; tests use it
// within one process.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "attester/attester.h"
#include "attester/tsm_entries.h"
#include "evidence/snp/simulated.h"

namespace cloister::attester {

inline constexpr std::size_t kTsmInblobSize = 64;

// Entries as `sev_guest` gives them, without an SVSM; or as another provider does. Functions return 0 or an errno value, as a file system does, and may be
// called from many threads.
class SimulatedTsm {
 public:
  enum class Access { kRead, kWriteText, kWriteBinary };
  struct Attribute {
    std::string_view name;
    Access access;
    bool binary;
  };
  static std::span<const Attribute> Attributes();
  static const Attribute* FindAttribute(std::string_view name);  // null: none

  // Signs a report for the guest.
  using Signer = std::function<Bytes(const ReportData&, std::uint32_t vmpl)>;
  // `table` is the certificate table (auxblob).
  SimulatedTsm(Signer signer, Bytes table) : signer_(std::move(signer)), table_(std::move(table)) {}
  // The device of `tdx_guest` or `arm_cca_guest`: `signer` gives quotes or tokens.
  SimulatedTsm(std::string_view provider, Signer signer) : signer_(std::move(signer)), provider_(provider) {}
  // The device of one guest of `processor`, which is borrowed.
  static SimulatedTsm ForGuest(const evidence::SimulatedSnpProcessor& processor, evidence::SimulatedSnpGuest guest);

  int Make(const std::string& entry);    // EEXIST
  int Remove(const std::string& entry);  // ENOENT
  // For measuring: `removed` is called whenever a guest has removed an entry, so has all that it wanted of it.
  void WatchRemoval(std::function<void()> removed) { removed_ = std::move(removed); }
  bool Has(const std::string& entry) const;
  std::vector<std::string> Names() const;
  // Content as the first read of an open file gets it. ENOENT; EACCES: write-only; EINVAL: no inblob, or not 64 bytes.
  int Read(const std::string& entry, std::string_view attribute, Bytes* content);
  // A text attribute, which acts at once: EINVAL, ERANGE.
  int WriteText(const std::string& entry, std::string_view attribute, std::string_view text);
  // What the close of a written inblob does; at most 64 bytes. Its result is thrown away, as the kernel does.
  void CommitInblob(const std::string& entry, ByteSpan inblob);

 private:
  struct State {
    Bytes inblob;
    std::uint32_t privlevel = 0;
    std::uint64_t generation = 0;
    std::uint64_t report_generation = 0;  // 0: none
    Bytes report;
  };
  int MakeReport(State& state);
  bool HasAttribute(std::string_view name) const;
  Signer signer_;
  Bytes table_;
  std::string_view provider_ = kSevGuest;
  mutable std::unique_ptr<std::mutex> lock_ = std::make_unique<std::mutex>();
  std::map<std::string, State> entries_;
  std::function<void()> removed_;
};

// The same without a file system.
class SimulatedTsmEntries final : public TsmEntries {
 public:
  explicit SimulatedTsmEntries(SimulatedTsm tsm) : tsm_(std::move(tsm)) {}
  Result<void> Make(const std::string& entry) override;
  Result<void> Remove(const std::string& entry) override;
  Result<Bytes> Read(const std::string& entry, const std::string& attribute, std::size_t maximum) override;
  Result<void> Write(const std::string& entry, const std::string& attribute, ByteSpan content) override;
  SimulatedTsm& tsm() { return tsm_; }

 private:
  SimulatedTsm tsm_;
};

}  // namespace cloister::attester
