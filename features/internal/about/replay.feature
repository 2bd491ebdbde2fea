Feature: Replay says whether the candidate behaves like legacy

  Scenario: The candidate behaves like legacy, ported bugs included
    Given the recorded corpus of the classroom
    When it is replayed
    Then every case is equivalent

  Scenario: A lost index flag is a difference although every answer is the same
    Given the recorded corpus of the classroom
    And a candidate with the mistake "lost-nested-noindex"
    When the cases of "createAssignment" are replayed
    Then the run fails
    And a difference of the stored data names "rubric"
    And no difference of the response is reported
    And the report says how to see it again

  Scenario: An id that is answered but not stored is a difference
    Given the recorded corpus of the classroom
    And a candidate with the mistake "wrong-id"
    When the cases of "createAssignment" are replayed
    Then the run fails
    And a difference of the response names "createAssignment.id"

  Scenario: A bug of legacy that the candidate does not port is a difference
    Given the recorded corpus of the classroom
    And a candidate with the mistake "fixed-half-even"
    When the cases of "gradeSubmission" are replayed
    Then the run fails
    And a difference of the stored data names "percent"

  Scenario: A corpus that cannot be read is refused before anything is started
    Given a corpus with a case whose document does not parse
    When it is replayed
    Then nothing is started
    And the refusal names the file and the line

  Scenario: A candidate that crashes proves nothing, and the others are judged
    Given the recorded corpus of the classroom
    And a candidate that is killed after the third case
    When it is replayed
    Then one case is errored
    And every other case is equivalent
