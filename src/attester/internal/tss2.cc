#include "attester/internal/tss2.h"

#include <algorithm>
#include <cstdio>

namespace cloister::attester::internal {
namespace {

template <class Function>
Result<void> Find(const SharedLibrary& library, const char* symbol, Function** function) {
  return library.Find(symbol, function);
}

constexpr std::uint16_t kNvChunk = 512;

// Asked first, because tss2 writes about every failure on standard error.
Result<bool> HasHandle(const Tpm& tpm, std::uint32_t handle) {
  TPMI_YES_NO more = 0;
  Allocated<TPMS_CAPABILITY_DATA> data(tpm.tss2());
  TRY(Good(tpm.tss2().capability(tpm.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, handle, 1, &more, data.out()),
           "listing handles"));
  const TPML_HANDLE& handles = data->data.handles;
  return data->capability == TPM2_CAP_HANDLES && handles.count > 0 && handles.handle[0] == handle;
}

}  // namespace

Result<Tss2> Tss2::Load() {
  Tss2 tss2{};
  for (const char* name : {"libtss2-mu.so.0", "libtss2-tctildr.so.0", "libtss2-esys.so.0"}) {
    tss2.libraries.push_back(TRY(SharedLibrary::Load(name)));
  }
  const SharedLibrary& mu = tss2.libraries[0];
  const SharedLibrary& tctildr = tss2.libraries[1];
  const SharedLibrary& esys = tss2.libraries[2];
  TRY(Find(tctildr, "Tss2_TctiLdr_Initialize", &tss2.tcti_open));
  TRY(Find(tctildr, "Tss2_TctiLdr_Finalize", &tss2.tcti_close));
  TRY(Find(esys, "Esys_Initialize", &tss2.open));
  TRY(Find(esys, "Esys_Finalize", &tss2.close));
  TRY(Find(esys, "Esys_Free", &tss2.free));
  TRY(Find(esys, "Esys_CreatePrimary", &tss2.create_primary));
  TRY(Find(esys, "Esys_ReadPublic", &tss2.read_public));
  TRY(Find(esys, "Esys_FlushContext", &tss2.flush));
  TRY(Find(esys, "Esys_TR_FromTPMPublic", &tss2.from_handle));
  TRY(Find(esys, "Esys_TR_Close", &tss2.close_handle));
  TRY(Find(esys, "Esys_Quote", &tss2.quote));
  TRY(Find(esys, "Esys_PCR_Read", &tss2.pcr_read));
  TRY(Find(esys, "Esys_GetCapability", &tss2.capability));
  TRY(Find(esys, "Esys_NV_ReadPublic", &tss2.nv_read_public));
  TRY(Find(esys, "Esys_NV_Read", &tss2.nv_read));
  TRY(Find(mu, "Tss2_MU_TPMT_SIGNATURE_Marshal", &tss2.write_signature));
  TRY(Find(mu, "Tss2_MU_TPMT_PUBLIC_Marshal", &tss2.write_public));
  return tss2;
}

Result<void> Good(TSS2_RC code, std::string_view doing) {
  if (code == TSS2_RC_SUCCESS) return {};
  char hex[16];
  std::snprintf(hex, sizeof hex, "0x%08x", code);
  return Error(ErrorCode::kUnavailable, "TPM: " + std::string(doing) + " failed with " + hex);
}

Result<Tpm> Tpm::Open(const Tss2& tss2, const std::string& tcti) {
  Tpm tpm(tss2);
  TRY(Good(tss2.tcti_open(tcti.c_str(), &tpm.tcti_), "reaching it"));
  TRY(Good(tss2.open(&tpm.context_, tpm.tcti_, nullptr), "starting"));
  return tpm;
}

Tpm::Tpm(Tpm&& other) noexcept
    : tss2_(other.tss2_), tcti_(std::exchange(other.tcti_, nullptr)), context_(std::exchange(other.context_, nullptr)) {}

Tpm::~Tpm() {
  if (context_ != nullptr) tss2_->close(&context_);
  if (tcti_ != nullptr) tss2_->tcti_close(&tcti_);
}

Result<std::optional<Bytes>> ReadNv(const Tpm& tpm, std::uint32_t index, std::size_t maximum) {
  const Tss2& tss2 = tpm.tss2();
  ESYS_TR handle = ESYS_TR_NONE;
  if (!TRY(HasHandle(tpm, index))) return std::optional<Bytes>();
  TRY(Good(tss2.from_handle(tpm.get(), index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle), "opening an NV index"));
  Allocated<TPM2B_NV_PUBLIC> area(tss2);
  Allocated<TPM2B_NAME> name(tss2);
  TRY(Good(tss2.nv_read_public(tpm.get(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, area.out(), name.out()), "reading an NV index"));
  const std::size_t size = area->nvPublic.dataSize;
  if (size > maximum) return Error(ErrorCode::kLimit, "TPM: an NV index is longer than expected");
  const ESYS_TR authority = (area->nvPublic.attributes & TPMA_NV_OWNERREAD) != 0 ? ESYS_TR_RH_OWNER : handle;
  Bytes content;
  while (content.size() < size) {
    const auto wanted = static_cast<std::uint16_t>(std::min<std::size_t>(kNvChunk, size - content.size()));
    Allocated<TPM2B_MAX_NV_BUFFER> chunk(tss2);
    TRY(Good(tss2.nv_read(tpm.get(), authority, handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, wanted,
                          static_cast<std::uint16_t>(content.size()), chunk.out()), "reading an NV index"));
    if (chunk->size != wanted) return Error(ErrorCode::kUnavailable, "TPM: an NV index was cut short");
    content.insert(content.end(), chunk->buffer, chunk->buffer + chunk->size);
  }
  tss2.close_handle(tpm.get(), &handle);
  return std::optional(std::move(content));
}

}  // namespace cloister::attester::internal
