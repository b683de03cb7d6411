// A framed TCP echo server: [4-byte big-endian length][payload], every frame echoed whole, in order.
//
//	go run echo_server.go [PORT [TIMEOUT [FRAME_TIMEOUT [MAX_PAYLOAD]]]]      (9900, 5s, 30s, 65536 bytes)
package main

import (
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	headerLength = 4
	linger       = 2 * time.Second
	sendChunk    = 16 << 10
)

var (
	port         = "9900"
	timeout      = 5 * time.Second
	frameTimeout = 30 * time.Second
	maxPayload   = uint64(65536)
)

// client is one connection: its reads and writes have a deadline for each step, not for the whole.
type client struct {
	*net.TCPConn
	frameStart time.Time
}

// Read gives up when no byte comes for the idle timeout, or when the frame takes too long.
func (c *client) Read(data []byte) (int, error) {
	c.SetReadDeadline(time.Now().Add(timeout))
	n, err := c.TCPConn.Read(data)
	if c.frameStart.IsZero() {
		c.frameStart = time.Now()
	} else if time.Since(c.frameStart) > frameTimeout {
		return 0, errors.New("the frame took too long")
	}
	return n, err
}

// send gives up when the client takes nothing for the idle timeout; one that reads slowly is served on.
func (c *client) send(frame []byte) error {
	for len(frame) > 0 {
		c.SetWriteDeadline(time.Now().Add(timeout))
		n, err := c.Write(frame[:min(len(frame), sendChunk)])
		frame = frame[n:]
		if err != nil && n == 0 {
			return err
		}
	}
	return nil
}

// serve echoes until the stream ends, between frames or inside one. io.ReadFull reads on until all is there.
func (c *client) serve() {
	defer c.Close()
	frame := make([]byte, headerLength+maxPayload)
	for {
		c.frameStart = time.Time{}
		if _, err := io.ReadFull(c, frame[:headerLength]); err != nil {
			return
		}
		length := uint64(binary.BigEndian.Uint32(frame))
		if length > maxPayload {
			c.refuse()
			return
		}
		if _, err := io.ReadFull(c, frame[headerLength:headerLength+length]); err != nil {
			return
		}
		if c.send(frame[:headerLength+length]) != nil {
			return
		}
	}
}

// refuse sends a FIN after the last echo and reads on for a while: bytes left unread would turn the close into a reset.
func (c *client) refuse() {
	c.CloseWrite()
	c.SetReadDeadline(time.Now().Add(linger))
	io.Copy(io.Discard, c.TCPConn)
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func seconds(text string) time.Duration {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		log.Fatal(err)
	}
	return time.Duration(value * float64(time.Second))
}

func main() {
	args := os.Args[1:]
	if len(args) > 0 {
		port = args[0]
	}
	if len(args) > 1 {
		timeout = seconds(args[1])
	}
	if len(args) > 2 {
		frameTimeout = seconds(args[2])
	}
	if len(args) > 3 {
		maxPayload, _ = strconv.ParseUint(args[3], 10, 32)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		log.Fatal(err)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			time.Sleep(10 * time.Millisecond) // no descriptor free, or a client that left again: the others are served on
			continue
		}
		go (&client{TCPConn: conn.(*net.TCPConn)}).serve()
	}
}
