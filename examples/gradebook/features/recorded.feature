Feature: Recorded mutations are where scenarios begin

  Scenario: What was recorded holds
    Given the recorded case "recordScore/record-score-e7c5756c"
    When the recorded mutation is sent
    Then both implementations agree
    And the bug "half-even" is ported
    And the bug "float-repr" is ported
    And the response at "data.recordScore.percent" is 31.2
    And a new "public.scores" is stored
      | property | value          |
      | points   | !numeric 5.000 |
      | percent  | 31.2           |

  Scenario Outline: Notes that are empty, null or left out are all the same to legacy
    Given the recorded case "setNotes/set-notes-24175f27"
    And the variable "notes" is <notes>
    When the recorded mutation is sent
    Then both implementations agree
    And the response at "data.setNotes.notes" is <answer>

    Examples:
      | notes               | answer              |
      | "asks for the sums" | "asks for the sums" |
      | ""                  | null                |
      | null                | null                |
      | omitted             | null                |

  Scenario: The recorded transfer of more than there is
    Given the recorded case "transferCredits/transfer-8dd6b187"
    And the variable "amount" is 100000
    When the recorded mutation is sent
    Then both implementations agree
    And there is an error at "transferCredits" that says "1E+2 credits are not enough"
    And nothing is changed
