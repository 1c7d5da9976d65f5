// Verifier reads a log with libraries of others: fsck of transparency-dev's Tessera over the whole of it, and
// golang.org/x/mod/sumdb (of Go's checksum database) for proofs of inclusion and of consistency.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles finds tiles where tlog-tiles has them: the height is not in the path.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		content, err := os.ReadFile(filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		read = append(read, content)
	}
	return read, nil
}

func leaves(bundle []byte) ([][]byte, error) {
	var parsed api.EntryBundle
	if err := parsed.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range parsed.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func checkpoint(path string, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	content, err := os.ReadFile(path)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("%s is no checkpoint of %s", path, verifier.Name())
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func inclusion(folder string, tree tlog.Tree, index int64) error {
	fetcher := client.FileFetcher{Root: folder}
	width := min(256, tree.N-index/256*256)
	content, err := fetcher.ReadEntryBundle(context.Background(), uint64(index/256), uint8(width%256))
	if err != nil {
		return err
	}
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(content); err != nil {
		return err
	}
	entry := bundle.Entries[index%256]
	if !json.Valid(entry) {
		return fmt.Errorf("entry %d is no JSON", index)
	}
	proof, err := tlog.ProveRecord(tree.N, index, tlog.TileHashReader(tree, tiles{folder}))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func consistency(folder string, tree, earlier tlog.Tree) error {
	proof, err := tlog.ProveTree(tree.N, earlier.N, tlog.TileHashReader(tree, tiles{folder}))
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, earlier.N, earlier.Hash)
}

func run(folder, vkey, since string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	check := fsck.New(verifier.Name(), verifier, client.FileFetcher{Root: folder}, leaves, fsck.Opts{N: 2})
	if err := check.Check(context.Background()); err != nil {
		return fmt.Errorf("fsck: %w", err)
	}
	tree, err := checkpoint(filepath.Join(folder, "checkpoint"), verifier)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	for _, index := range []int64{0, tree.N / 3, tree.N / 2, tree.N - 1} {
		if err := inclusion(folder, tree, index); err != nil {
			return fmt.Errorf("inclusion of %d: %w", index, err)
		}
	}
	earlier, err := checkpoint(since, verifier)
	if err != nil {
		return fmt.Errorf("earlier checkpoint: %w", err)
	}
	if err := consistency(folder, tree, earlier); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	fmt.Printf("sound: %d entries, since %d\n", tree.N, earlier.N)
	return nil
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "verifier FOLDER VKEY EARLIER-CHECKPOINT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
