package datastore

import (
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxMutations is the historical limit of mutations per commit.
const maxMutations = 500

// maxTransforms is the documented limit of transforms per entity and commit.
const maxTransforms = 500

// commit runs a Commit: all or nothing in a transaction, else mutation by
// mutation, where those before a failing one stay.
func (c *call) commit(req *pb.CommitRequest) (*pb.CommitResponse, error) {
	if err := checkSelector(req); err != nil {
		return nil, err
	}
	if c.e.opts.EnforceLimits && len(req.Mutations) > maxMutations {
		return nil, invalid("cannot write more than %d entities in a single call", maxMutations)
	}
	ms, err := c.db.checkMutations(req)
	if err != nil {
		c.closeTx(req.GetTransaction())
		return nil, err
	}
	c.event.Mutations = req.Mutations
	c.event.Transaction = req.GetTransaction()

	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.current(); err != nil {
		return nil, err
	}
	c.event.View = c.e.state.Load()
	if req.Mode == pb.CommitRequest_NON_TRANSACTIONAL {
		return c.applyEach(ms)
	}
	if err := c.endTx(req); err != nil {
		return nil, err
	}
	return c.applyAll(ms)
}

func checkSelector(req *pb.CommitRequest) error {
	switch {
	case req.Mode == pb.CommitRequest_NON_TRANSACTIONAL && req.TransactionSelector != nil:
		return invalid("non-transaction commit cannot specify a transaction")
	case req.Mode != pb.CommitRequest_NON_TRANSACTIONAL && req.TransactionSelector == nil:
		return invalid("transactional commit requires a transaction")
	}
	return nil
}

// endTx takes the transaction of a commit off the table, whatever comes of the
// commit, and checks that nothing it read has changed.
func (c *call) endTx(req *pb.CommitRequest) error {
	if single, ok := req.TransactionSelector.(*pb.CommitRequest_SingleUseTransaction); ok {
		if single.SingleUseTransaction.GetReadOnly() != nil && len(req.Mutations) > 0 {
			return invalid("Cannot modify entities in a read-only transaction.")
		}
		return nil
	}
	tx, err := c.e.txs.take(c.db, req.GetTransaction(), c.now)
	if err != nil {
		return err
	}
	if len(req.Mutations) == 0 {
		return nil
	}
	if tx.readOnly {
		return invalid("Cannot modify entities in a read-only transaction.")
	}
	return tx.validate(c.e.state.Load().db(c.db))
}

// applyAll applies the mutations of a transaction as one new version.
func (c *call) applyAll(ms []mutation) (*pb.CommitResponse, error) {
	if err := checkSequences(ms); err != nil {
		return nil, err
	}
	d := c.e.state.Load().db(c.db).edit()
	v := d.nextVersion(c.now)
	resp := &pb.CommitResponse{CommitTime: timestamp(v)}
	for i := range ms {
		r, err := c.apply(d, &ms[i], v)
		if err != nil {
			return nil, err
		}
		resp.MutationResults = append(resp.MutationResults, r)
	}
	resp.IndexUpdates = d.indexUpdates
	c.publish(d)
	return resp, nil
}

// applyEach applies the mutations of a non-transactional commit one by one.
func (c *call) applyEach(ms []mutation) (*pb.CommitResponse, error) {
	d := c.e.state.Load().db(c.db).edit()
	defer c.publish(d)
	resp := &pb.CommitResponse{}
	for i := range ms {
		r, err := c.apply(d, &ms[i], d.nextVersion(c.now))
		if err != nil {
			return nil, err
		}
		resp.MutationResults = append(resp.MutationResults, r)
	}
	resp.IndexUpdates = d.indexUpdates
	return resp, nil
}

// publish makes a draft the current content. The caller holds the lock.
func (c *call) publish(d *draft) {
	if d.version == d.from.version && !d.forked {
		return
	}
	c.event.After = c.e.state.Load().with(c.db, d.done())
	c.e.setState(c.event.After, d.version)
}

// checkSequences refuses what the comment of CommitRequest.mutations forbids:
// insert after insert, update or upsert; update after delete.
func checkSequences(ms []mutation) error {
	last := make(map[string]operation, len(ms))
	for i := range ms {
		m := &ms[i]
		if m.incomplete {
			continue
		}
		before, seen := last[m.key]
		last[m.key] = m.op
		switch {
		case !seen:
		case m.op == opInsert && before != opDelete, m.op == opUpdate && before == opDelete:
			return invalid("Cannot %v then %v an entity in the same request.", before, m.op)
		}
	}
	return nil
}

// checkMutations validates all mutations of a request before any is applied.
func (db dbID) checkMutations(req *pb.CommitRequest) ([]mutation, error) {
	ms := make([]mutation, len(req.Mutations))
	for i, m := range req.Mutations {
		if err := db.checkMutation(&ms[i], m); err != nil {
			return nil, err
		}
	}
	if req.Mode != pb.CommitRequest_NON_TRANSACTIONAL {
		return ms, nil
	}
	seen := make(map[string]bool, len(ms))
	for i := range ms {
		if ms[i].incomplete {
			continue
		}
		if seen[ms[i].key] {
			return nil, invalid("A non-transactional commit may not contain multiple mutations affecting the same entity.")
		}
		seen[ms[i].key] = true
	}
	return ms, nil
}

func (db dbID) checkMutation(m *mutation, req *pb.Mutation) error {
	m.req = req
	want := mayBeIncomplete
	switch t := req.GetOperation().(type) {
	case *pb.Mutation_Insert:
		m.op, m.entity = opInsert, t.Insert
	case *pb.Mutation_Update:
		m.op, m.entity, want = opUpdate, t.Update, mustBeComplete
	case *pb.Mutation_Upsert:
		m.op, m.entity = opUpsert, t.Upsert
	case *pb.Mutation_Delete:
		m.op = opDelete
		if err := db.normalise(t.Delete, mustBeComplete); err != nil {
			return err
		}
		m.key = entityKey(t.Delete)
	default:
		return invalid("Mutation is missing operation.")
	}
	if req.ConflictResolutionStrategy != pb.Mutation_STRATEGY_UNSPECIFIED && req.ConflictDetectionStrategy == nil {
		return invalid("cannot set a conflict resolution strategy if no detection strategy was set")
	}
	if m.op == opDelete {
		return m.checkDelete()
	}
	if err := db.checkEntity(m.entity, want); err != nil {
		return err
	}
	path := m.entity.Key.Path
	m.incomplete = path[len(path)-1].IdType == nil
	if !m.incomplete {
		m.key = entityKey(m.entity.Key)
	}
	return m.checkMask(db)
}

func (m *mutation) checkDelete() error {
	if len(m.req.PropertyTransforms) > 0 {
		return invalid("Delete mutation cannot have Property Transforms.")
	}
	return nil
}

func alreadyExists(k *pb.Key) error {
	return status.Errorf(codes.AlreadyExists, "entity already exists: %s", elementText(k))
}

func notFound(k *pb.Key) error {
	return status.Errorf(codes.NotFound, "no entity to update: %s", elementText(k))
}
