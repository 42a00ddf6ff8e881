package main

import (
	"crypto/x509"
	"fmt"

	"github.com/google/go-sev-guest/abi"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

var sevGuest = peer{
	name:       "go-sev-guest",
	module:     "github.com/google/go-sev-guest",
	tees:       []string{"snp"},
	prepare:    prepareSnp,
	notChecked: "dates of the revocation list",
}

// As one would call it who keeps keys that were verified before; only timed.
var sevGuestReport = peer{
	name:       "go-sev-guest, the report alone",
	module:     "github.com/google/go-sev-guest",
	tees:       []string{"snp"},
	prepare:    prepareSnpReport,
	notChecked: "the chain (the VEK is taken as verified before, and parsed), the VEK's levels and chip, the policy",
}

// Answers whatever is asked for with the case's revocation list.
type crlGetter []byte

func (crl crlGetter) Get(string) ([]byte, error) { return crl, nil }

// Everything that a guest may be, since the vectors' truth is without policy.
var anyGuest = validate.Options{
	GuestPolicy:               abi.SnpPolicy{SMT: true, MigrateMA: true, Debug: true, CXLAllowed: true, MemAES256XTS: false},
	PermitProvisionalFirmware: true,
}

// The peer has ASKs and ARKs of its own, but no ASVK: those of a VLEK are the case's.
func rootsOf(s *sample) (map[string][]*trust.AMDRootCerts, error) {
	if !s.has("vlek") {
		return nil, nil
	}
	asvk, err := x509.ParseCertificate(s.file("ask"))
	if err != nil {
		return nil, err
	}
	ark, err := x509.ParseCertificate(s.file("ark"))
	if err != nil {
		return nil, err
	}
	roots := trust.AMDRootCertsProduct("Milan")
	roots.ProductCerts = &trust.ProductCerts{Ask: asvk, Asvk: asvk, Ark: ark}
	return map[string][]*trust.AMDRootCerts{"Milan": {roots}}, nil
}

func certificatesOf(s *sample) *spb.CertificateChain {
	chain := &spb.CertificateChain{}
	if s.has("vcek") {
		chain.VcekCert = s.file("vcek")
	} else {
		chain.VlekCert = s.file("vlek")
	}
	return chain
}

func prepareSnp(s *sample) (check, error) {
	if !s.has("report") {
		return nil, unsupported("a chain without a report")
	}
	roots, err := rootsOf(s)
	if err != nil {
		return nil, err
	}
	report, chain := s.file("report"), certificatesOf(s)
	options := verify.Options{Now: s.VerifyAt, DisableCertFetching: true, TrustedRoots: roots}
	if s.has("crl") {
		options.CheckRevocations, options.Getter = true, crlGetter(s.file("crl"))
	}
	return func() error {
		parsed, err := abi.ReportToProto(report)
		if err != nil {
			return err
		}
		attestation, once := &spb.Attestation{Report: parsed, CertificateChain: chain}, options
		if err := verify.SnpAttestation(attestation, &once); err != nil {
			return err
		}
		if err := validate.SnpAttestation(attestation, &anyGuest); err != nil {
			return fmt.Errorf("validate: %w", err)
		}
		return nil
	}, nil
}

func prepareSnpReport(s *sample) (check, error) {
	vek, err := x509.ParseCertificate(s.file("vcek"))
	if err != nil {
		return nil, err
	}
	report := s.file("report")
	return func() error { return verify.SnpReportSignature(report, vek) }, nil
}
