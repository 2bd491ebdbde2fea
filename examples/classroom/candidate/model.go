package main

import (
	"time"

	"cloud.google.com/go/datastore"
)

type role string

const (
	roleCoach   role = "coach"
	roleStudent role = "student"
)

type user struct {
	Key      *datastore.Key `datastore:"__key__"`
	Role     role           `datastore:"role"`
	Name     string         `datastore:"name"`
	Email    string         `datastore:"email"`
	Bio      *string        `datastore:"bio,noindex"`
	Year     *int64         `datastore:"year"`
	Guardian *guardian      `datastore:"guardian"`
}

// newStudent is a user without what only coaches have.
type newStudent struct {
	Key      *datastore.Key `datastore:"__key__"`
	Role     role           `datastore:"role"`
	Name     string         `datastore:"name"`
	Email    string         `datastore:"email"`
	Year     *int64         `datastore:"year"`
	Guardian *guardian      `datastore:"guardian"`
}

type guardian struct {
	Name  string  `datastore:"name"`
	Phone *string `datastore:"phone"`
}

type class struct {
	Key             *datastore.Key   `datastore:"__key__"`
	Title           string           `datastore:"title"`
	Subject         *string          `datastore:"subject"`
	Tags            []string         `datastore:"tags"`
	Coach           *datastore.Key   `datastore:"coach"`
	CoCoaches       []*datastore.Key `datastore:"coCoaches"`
	Schedule        *schedule        `datastore:"schedule"`
	Archived        bool             `datastore:"archived"`
	Created         time.Time        `datastore:"created"`
	TermEnd         *time.Time       `datastore:"termEnd,omitempty"`
	StudentCount    int64            `datastore:"studentCount"`
	AssignmentCount int64            `datastore:"assignmentCount"`
}

type schedule struct {
	Weekday int64   `datastore:"weekday"`
	Minutes int64   `datastore:"minutes"`
	Room    *string `datastore:"room"`
}

type enrollment struct {
	Key       *datastore.Key `datastore:"__key__"`
	Student   *datastore.Key `datastore:"student"`
	Active    bool           `datastore:"active"`
	Joined    time.Time      `datastore:"joined"`
	Submitted int64          `datastore:"submitted"`
	Streak    int64          `datastore:"streak,omitempty"`
	LastDay   *time.Time     `datastore:"lastDay,omitempty"`  // midnight UTC
	Welcomed  string         `datastore:"welcomed,omitempty"` // id of the mail
}

type assignmentState string

const (
	stateDraft  assignmentState = "DRAFT"
	stateOpen   assignmentState = "OPEN"
	stateClosed assignmentState = "CLOSED"
)

type assignment struct {
	Key         *datastore.Key  `datastore:"__key__"`
	Title       string          `datastore:"title"`
	Description *string         `datastore:"description,noindex"`
	Points      int64           `datastore:"points"`
	Weight      float64         `datastore:"weight"`
	Position    int64           `datastore:"position"`
	State       assignmentState `datastore:"state"`
	Due         *time.Time      `datastore:"due"`
	Labels      []string        `datastore:"labels"`
	Rubric      []criterion     `datastore:"rubric"`
	Creator     *datastore.Key  `datastore:"creator"`
	Created     time.Time       `datastore:"created"`
	Updated     time.Time       `datastore:"updated"`
	Published   *time.Time      `datastore:"published,omitempty"` // its grades
}

type criterion struct {
	Name   string  `datastore:"name"`
	Points int64   `datastore:"points"`
	Weight float64 `datastore:"weight"`
	Note   *string `datastore:"note,noindex"`
}

type submissionState string

const (
	workAssigned  submissionState = "ASSIGNED"
	workSubmitted submissionState = "SUBMITTED"
	workLate      submissionState = "LATE"
	workGraded    submissionState = "GRADED"
)

type submission struct {
	Key         *datastore.Key  `datastore:"__key__"`
	Student     *datastore.Key  `datastore:"student"`
	State       submissionState `datastore:"state"`
	Text        *string         `datastore:"text,noindex"`
	Attempts    []attempt       `datastore:"attempts"`
	Score       *float64        `datastore:"score"`
	Percent     *int64          `datastore:"percent"`
	Feedback    *string         `datastore:"feedback,noindex"`
	SubmittedAt *time.Time      `datastore:"submittedAt"`
	GradedBy    *datastore.Key  `datastore:"gradedBy"`
	Notices     int64           `datastore:"notices,omitempty"` // of the grade, after the first
}

type attempt struct {
	Number    int64   `datastore:"number"`
	Text      string  `datastore:"text,noindex"`
	RequestID *string `datastore:"requestId"`
}

func (u *newStudent) key() *datastore.Key { return u.Key }
func (c *class) key() *datastore.Key      { return c.Key }
func (e *enrollment) key() *datastore.Key { return e.Key }
func (a *assignment) key() *datastore.Key { return a.Key }
func (w *submission) key() *datastore.Key { return w.Key }

func (u *newStudent) empties() datastore.PropertyList {
	return datastore.PropertyList{{Name: "guardian"}}
}

func (c *class) empties() datastore.PropertyList {
	return datastore.PropertyList{emptyList("tags"), emptyList("coCoaches"), {Name: "schedule"}}
}

func (e *enrollment) empties() datastore.PropertyList { return nil }

func (a *assignment) empties() datastore.PropertyList {
	return datastore.PropertyList{emptyList("labels"), emptyList("rubric")}
}

func (w *submission) empties() datastore.PropertyList {
	return datastore.PropertyList{emptyList("attempts")}
}

func emptyList(name string) datastore.Property {
	return datastore.Property{Name: name, Value: []any{}}
}
