package datastore

import (
	"encoding/binary"
	"errors"
	"sync"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// Lifetime of a transaction in microseconds:
// https://cloud.google.com/datastore/docs/concepts/transactions.
const (
	maxTxAge  = 270e6
	maxTxIdle = 60e6
)

// transaction is an open transaction: it reads the content as of its begin,
// and its commit fails when anything it read has changed since.
type transaction struct {
	db       dbID
	state    *State
	snapshot *content // of its database
	readOnly bool
	readTime int64 // of the snapshot, in microseconds
	begun    int64

	mu      sync.Mutex
	used    int64
	keys    map[string]struct{}
	queries []readQuery
}

// readQuery runs a query that the transaction ran again on other content, and
// tells whether its answer is the same.
type readQuery func(*content) bool

// readKey notes that the transaction looked a key up, found or not.
func (tx *transaction) readKey(key string) {
	if tx.keys == nil {
		tx.keys = map[string]struct{}{}
	}
	tx.keys[key] = struct{}{}
}

// validate tells whether everything that was read is still so.
func (tx *transaction) validate(now *content) error {
	if now.trees == tx.snapshot.trees {
		return nil
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	for key := range tx.keys {
		if now.get(key) != tx.snapshot.get(key) {
			return errContention
		}
	}
	for _, same := range tx.queries {
		if !same(now) {
			return errContention
		}
	}
	return nil
}

func (tx *transaction) expired(now int64) bool {
	return now-tx.begun > maxTxAge || now-tx.used > maxTxIdle
}

// txTable holds the open transactions of an emulator.
type txTable struct {
	mu    sync.Mutex
	epoch uint64
	next  uint64
	open  map[uint64]*transaction
}

// reset forgets all transactions; their tokens become invalid.
func (t *txTable) reset(epoch uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.epoch = epoch
	t.open = nil
}

const tokenMark = 0x11

// begin adds a transaction of a request of an epoch and returns its token.
// Expired ones are swept as new ones come, so that abandoned transactions do
// not pile up.
func (t *txTable) begin(tx *transaction, epoch uint64, now int64) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if epoch != t.epoch {
		return nil, errReset
	}
	if t.open == nil {
		t.open = map[uint64]*transaction{}
	}
	if len(t.open) >= 64 && t.next%64 == 0 {
		for n, old := range t.open {
			if old.idle(now) {
				delete(t.open, n)
			}
		}
	}
	t.next++
	t.open[t.next] = tx
	token := make([]byte, 1, 17)
	token[0] = tokenMark
	token = binary.BigEndian.AppendUint64(token, t.epoch)
	return binary.BigEndian.AppendUint64(token, t.next), nil
}

func (tx *transaction) idle(now int64) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.expired(now)
}

// find returns the open transaction of a token and marks it as used.
func (t *txTable) find(db dbID, token []byte, now int64) (*transaction, error) {
	return t.lookup(db, token, now, false)
}

// take is find that also closes the transaction.
func (t *txTable) take(db dbID, token []byte, now int64) (*transaction, error) {
	return t.lookup(db, token, now, true)
}

func (t *txTable) lookup(db dbID, token []byte, now int64, remove bool) (*transaction, error) {
	if len(token) != 17 || token[0] != tokenMark {
		return nil, errBadToken
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := binary.BigEndian.Uint64(token[9:])
	if n > t.next {
		return nil, errBadToken
	}
	tx := t.open[n]
	if tx == nil || binary.BigEndian.Uint64(token[1:]) != t.epoch || tx.db != db {
		return nil, errClosedTx
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if remove || tx.expired(now) {
		delete(t.open, n)
	}
	if tx.expired(now) {
		return nil, errClosedTx
	}
	tx.used = now
	return tx, nil
}

func (c *call) beginTransaction(req *pb.BeginTransactionRequest) (*pb.BeginTransactionResponse, error) {
	token, tx, err := c.begin(req.TransactionOptions)
	if err != nil {
		return nil, err
	}
	c.event.Transaction, c.event.View = token, tx.state
	return &pb.BeginTransactionResponse{Transaction: token}, nil
}

// begin opens a transaction on the current content, or on that of the read
// time of a read-only one.
func (c *call) begin(opts *pb.TransactionOptions) ([]byte, *transaction, error) {
	tx := &transaction{db: c.db, begun: c.now, used: c.now, readTime: c.now}
	tx.readOnly = opts.GetReadOnly() != nil
	if t := opts.GetReadOnly().GetReadTime(); t != nil {
		at, err := c.readTime(t)
		if err != nil {
			return nil, nil, err
		}
		tx.readTime, tx.state = micros(t), at
	} else {
		tx.state = c.e.state.Load()
	}
	tx.snapshot = tx.state.db(c.db)
	if prev := opts.GetReadWrite().GetPreviousTransaction(); len(prev) > 0 && len(prev) != 17 {
		return nil, nil, errBadToken
	}
	token, err := c.e.txs.begin(tx, c.epoch, c.now)
	return token, tx, err
}

// closeTx drops the transaction of a commit that was refused.
func (c *call) closeTx(token []byte) {
	if len(token) > 0 {
		_, _ = c.e.txs.take(c.db, token, c.now) // the commit has failed already
	}
}

// rollback ends a transaction; one that has ended already stays so.
func (c *call) rollback(req *pb.RollbackRequest) (*pb.RollbackResponse, error) {
	c.event.Transaction = req.Transaction
	if _, err := c.e.txs.take(c.db, req.Transaction, c.now); err != nil && !errors.Is(err, errClosedTx) {
		return nil, err
	}
	return &pb.RollbackResponse{}, nil
}
