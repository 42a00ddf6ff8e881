package main

import (
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/go-tdx-guest/pcs"
	"github.com/google/go-tdx-guest/verify"
)

var tdxGuest = peer{
	name:       "go-tdx-guest",
	module:     "github.com/google/go-tdx-guest",
	tees:       []string{"tdx"},
	prepare:    prepareTdx,
	notChecked: "",
}

type response struct {
	header map[string][]string
	body   []byte
}

// Intel's service as the case has it, by what the address ends with.
type pcsGetter map[string]response

func (g pcsGetter) Get(address string) (map[string][]string, []byte, error) {
	for part, answer := range g {
		if strings.Contains(address, part) {
			return answer.header, answer.body, nil
		}
	}
	return nil, nil, fmt.Errorf("the case has nothing for %s", address)
}

func answerWithChain(s *sample, role, header string) response {
	chain := strings.TrimRight(string(s.file(role+"_issuer_chain")), "\x00\n") + "\n"
	return response{map[string][]string{header: {url.QueryEscape(chain)}}, s.file(role)}
}

func prepareTdx(s *sample) (check, error) {
	quote := s.file("quote")
	if version := binary.LittleEndian.Uint16(quote); version != 4 {
		return nil, unsupported(fmt.Sprintf("quotes of version %d", version))
	}
	root, err := x509.ParseCertificate(s.file("root_ca"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	// With its own root the peer logs each use of it.
	options := verify.Options{TrustedRoots: roots, Now: &verify.TimeSet{PckCertChain: s.VerifyAt, TcbInfo: s.VerifyAt, QeIdentity: s.VerifyAt,
		PckCrl: s.VerifyAt, RootCaCrl: s.VerifyAt}}
	if s.Mode == "full" {
		options.GetCollateral, options.CheckRevocations = true, true
		options.Getter = pcsGetter{
			"/tcb?":        answerWithChain(s, "tcb_info", pcs.TcbInfoIssuerChainPhrase),
			"/qe/identity": answerWithChain(s, "qe_identity", pcs.SgxQeIdentityIssuerChainPhrase),
			"/pckcrl?":     answerWithChain(s, "pck_crl", pcs.SgxPckCrlIssuerChainPhrase),
			"RootCA":       {body: s.file("root_ca_crl")},
		}
	}
	return func() error {
		once := options
		if err := verify.RawTdxQuote(quote, &once); err != nil || !s.has("ccel_data") {
			return err
		}
		return replayCcel(s, quote)
	}, nil
}
