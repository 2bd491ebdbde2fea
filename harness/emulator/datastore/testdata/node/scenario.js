// What an application does with the official client: write, read, a
// transaction that conflicts, pages of a query, an aggregation.
const assert = require('assert');
const {Datastore, PropertyFilter} = require('@google-cloud/datastore');

async function crud(db) {
  const key = db.key(['Task', 'one']);
  await db.insert({key, data: {title: 'first', done: false, tags: ['a', 'b'], at: new Date(5)}});
  await assert.rejects(db.insert({key, data: {}}), {code: 6});
  await db.update({key, data: {title: 'second', done: true}});
  const [task] = await db.get(key);
  assert.deepStrictEqual(Object.entries(task).sort(), [['done', true], ['title', 'second']]);
  await db.delete(key);
  const [gone] = await db.get(key);
  assert.strictEqual(gone, undefined);
  const generated = db.key('Task');
  await db.save({key: generated, data: {n: 1}});
  assert.match(String(generated.id), /^\d{16}$/);
  await db.delete(generated);
}

async function conflict(db) {
  const key = db.key(['Counter', 'c']);
  await db.save({key, data: {n: 0}});
  const [a, b] = [db.transaction(), db.transaction()];
  await a.run();
  await b.run();
  await a.get(key);
  await b.get(key);
  a.save({key, data: {n: 1}});
  b.save({key, data: {n: 2}});
  await a.commit();
  await assert.rejects(b.commit(), {code: 10});
  const [counter] = await db.get(key);
  assert.strictEqual(counter.n, 1);
}

async function pages(db) {
  const entities = [];
  for (let n = 0; n < 7; n++) entities.push({key: db.key(['Page', `p${n}`]), data: {n}});
  await db.save(entities);
  const seen = [];
  let start;
  for (let page = 0; page < 4; page++) {
    let query = db.createQuery('Page').order('n', {descending: true}).limit(3);
    if (start) query = query.start(start);
    const [rows, info] = await db.runQuery(query);
    seen.push(...rows.map(row => row.n));
    start = info.endCursor;
  }
  assert.deepStrictEqual(seen, [6, 5, 4, 3, 2, 1, 0]);
  const filtered = db.createQuery('Page').filter(new PropertyFilter('n', 'IN', [1, 5]));
  const [some] = await db.runQuery(filtered);
  assert.deepStrictEqual(some.map(row => row.n).sort(), [1, 5]);
}

async function aggregation(db) {
  const query = db.createAggregationQuery(db.createQuery('Page')).count('count').sum('n', 'sum').average('n', 'avg');
  const [rows] = await db.runAggregationQuery(query);
  assert.deepStrictEqual({...rows[0]}, {count: 7, sum: 21, avg: 3});
}

async function main() {
  const db = new Datastore();
  await crud(db);
  await conflict(db);
  await pages(db);
  await aggregation(db);
  console.log('ok');
}

main().then(
  () => process.exit(0),
  err => {
    console.error(err);
    process.exit(1);
  }
);
