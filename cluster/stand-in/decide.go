package main

import (
	"encoding/binary"
	"io"
	"net/http"
)

// Where the answer to each message of envoy.service.ext_proc.v3 belongs: field of ProcessingRequest to field of
// ProcessingResponse.
var answers = map[byte]byte{2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6}

// pass lets everything through, over gRPC. It decides nothing: it shows that the way to a governor and back works.
func pass(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	w.WriteHeader(http.StatusOK)
	flusher := w.(http.Flusher)
	flusher.Flush()
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(r.Body, head); err != nil {
			break
		}
		message := make([]byte, binary.BigEndian.Uint32(head[1:]))
		if _, err := io.ReadFull(r.Body, message); err != nil {
			break
		}
		if field, known := answers[phase(message)]; known {
			// A length-delimited field without content: continue.
			w.Write([]byte{0, 0, 0, 0, 2, field<<3 | 2, 0})
			flusher.Flush()
		}
	}
	w.Header().Set("Grpc-Status", "0")
}

// phase is the number of the first field that names one; others may stand before it.
func phase(message []byte) byte {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return 0
		}
		message = message[n:]
		if field := byte(tag >> 3); tag&7 == 2 && answers[field] != 0 {
			return field
		}
		value, n := binary.Uvarint(message)
		if n <= 0 {
			return 0
		}
		message = message[n:]
		if tag&7 == 2 {
			if value > uint64(len(message)) {
				return 0
			}
			message = message[value:]
		}
	}
	return 0
}
