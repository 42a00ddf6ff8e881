/* FAKE: the part of NVIDIA's library that the collector uses, for its test. It has two GPUs made of nothing. */
#include <string.h>

enum { FAKE_GOOD, FAKE_OFF, FAKE_NO_GPU, FAKE_OTHER_NONCE, FAKE_TOO_LONG, FAKE_FAILS, FAKE_OLD_GPU };

static int mode = FAKE_GOOD;
static int open_sessions = 0;

void fake_nvml_set(int wanted) { mode = wanted; }
int fake_nvml_open_sessions(void) { return open_sessions; }

struct certificate {
  unsigned int chain_size, attestation_chain_size;
  unsigned char chain[0x1000], attestation_chain[0x1400];
};
struct report {
  unsigned int cec_present, report_size, cec_report_size;
  unsigned char nonce[0x20], report[0x2000], cec_report[0x1000];
};
struct state {
  unsigned int environment, feature, developer_tools;
};

int nvmlInit_v2(void) { return ++open_sessions, 0; }
int nvmlShutdown(void) { return --open_sessions, 0; }
int nvmlDeviceGetCount_v2(unsigned int* count) { return *count = mode == FAKE_NO_GPU ? 0 : 2, 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device) { return *device = (char*)0 + 0x1000 + index, 0; }
int nvmlDeviceGetArchitecture(void* device, unsigned int* architecture) {
  (void)device;
  return *architecture = mode == FAKE_OLD_GPU ? 8 : 9, 0;
}
static int text(char* out, unsigned int size, const char* value) { return strncpy(out, value, size), 0; }
int nvmlDeviceGetUUID(void* device, char* out, unsigned int size) {
  return text(out, size, device == (void*)((char*)0 + 0x1000) ? "GPU-FAKE-0" : "GPU-FAKE-1");
}
int nvmlSystemGetDriverVersion(char* out, unsigned int size) { return text(out, size, "550.90.07"); }
int nvmlDeviceGetVbiosVersion(void* device, char* out, unsigned int size) { return (void)device, text(out, size, "96.00.9F.00.01"); }
int nvmlSystemGetConfComputeState(struct state* out) {
  memset(out, 0, sizeof *out);
  out->feature = mode != FAKE_OFF;
  return 0;
}
int nvmlDeviceGetConfComputeGpuAttestationReport(void* device, struct report* out) {
  (void)device;
  if (mode == FAKE_FAILS) return 999;
  static const unsigned char request[4] = {0x11, 0xE0, 0x01, 0xFF};
  memcpy(out->report, request, 4);
  memcpy(out->report + 4, out->nonce, 32);
  if (mode == FAKE_OTHER_NONCE) out->report[4] ^= 1;
  out->report_size = mode == FAKE_TOO_LONG ? 0x2001 : 100;
  return 0;
}
int nvmlDeviceGetConfComputeGpuCertificate(void* device, struct certificate* out) {
  (void)device;
  static const char pem[] = "-----BEGIN CERTIFICATE-----\nRkFLRQ==\n-----END CERTIFICATE-----\n";
  memcpy(out->attestation_chain, pem, sizeof pem);
  out->attestation_chain_size = sizeof pem; /* with its zero, as the driver counts */
  return 0;
}
