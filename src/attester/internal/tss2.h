// tss2, loaded at run time. Only tpm.cc and internal/tss2.cc include this.
#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/shared_library.h"

namespace cloister::attester::internal {

struct Tss2 {
  std::vector<SharedLibrary> libraries;
  decltype(&Tss2_TctiLdr_Initialize) tcti_open;
  decltype(&Tss2_TctiLdr_Finalize) tcti_close;
  decltype(&Esys_Initialize) open;
  decltype(&Esys_Finalize) close;
  decltype(&Esys_Free) free;
  decltype(&Esys_CreatePrimary) create_primary;
  decltype(&Esys_ReadPublic) read_public;
  decltype(&Esys_FlushContext) flush;
  decltype(&Esys_TR_FromTPMPublic) from_handle;
  decltype(&Esys_TR_Close) close_handle;
  decltype(&Esys_Quote) quote;
  decltype(&Esys_PCR_Read) pcr_read;
  decltype(&Esys_GetCapability) capability;
  decltype(&Esys_NV_ReadPublic) nv_read_public;
  decltype(&Esys_NV_Read) nv_read;
  decltype(&Tss2_MU_TPMT_SIGNATURE_Marshal) write_signature;
  decltype(&Tss2_MU_TPMT_PUBLIC_Marshal) write_public;

  static Result<Tss2> Load();  // kNotFound
};

// kUnavailable: `code` is not success.
Result<void> Good(TSS2_RC code, std::string_view doing);

// A connection to a TPM, and the objects that were opened there: all go with it.
class Tpm {
 public:
  static Result<Tpm> Open(const Tss2& tss2, const std::string& tcti);
  Tpm(Tpm&& other) noexcept;
  Tpm(const Tpm&) = delete;
  ~Tpm();

  ESYS_CONTEXT* get() const { return context_; }
  const Tss2& tss2() const { return *tss2_; }

 private:
  explicit Tpm(const Tss2& tss2) : tss2_(&tss2) {}
  const Tss2* tss2_;
  TSS2_TCTI_CONTEXT* tcti_ = nullptr;
  ESYS_CONTEXT* context_ = nullptr;
};

// A structure that tss2 allocated.
template <class T>
class Allocated {
 public:
  explicit Allocated(const Tss2& tss2) : tss2_(&tss2) {}
  Allocated(const Allocated&) = delete;
  ~Allocated() {
    if (pointer_ != nullptr) tss2_->free(pointer_);
  }
  T** out() { return &pointer_; }
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }

 private:
  const Tss2* tss2_;
  T* pointer_ = nullptr;
};

// The content of an NV index; none where there is no such index. Read with the owner's or the index's own empty password.
Result<std::optional<Bytes>> ReadNv(const Tpm& tpm, std::uint32_t index, std::size_t maximum);

}  // namespace cloister::attester::internal
