Feature: A grade is stored, forgotten by the cache, and told to parents where it is bad

  Background:
    Given the "public.grades" rows
      | id (key) | score         |
      | 1        |               |
      | 42       | !numeric 5.00 |
    And the keys
      | key      | type   | value | ttl |
      | grade:42 | string | "5"   | 600 |

  Scenario: A good grade
    Given "last" is absent
    When the mutation is sent
      """
      mutation { grade(id: 42, score: 8.5) { id score } }
      """
    Then both implementations agree
    And "public.grades/42" is changed
      | property | from          | to            |
      | score    | !numeric 5.00 | !numeric 8.50 |
    And a new "public.log" is stored
      | property | value |
      | grade_id | 42    |
    And "grade:42" is gone
    And "last" in "cache" is stored
      | property | value  |
      | type     | string |
      | value    | "42"   |
    And nothing else is changed
    And the upstream "parents" is not called

  Scenario: A bad grade
    Given the upstream "parents" answers
      """
      request:
        method: POST
        path: /
        document: 'mutation ($id: ID!) { tell(grade: $id) }'
        variables: {id: "42"}
      response: {status: 200, body: {data: {tell: true}}}
      """
    When the mutation is sent
      """
      mutation { grade(id: 42, score: 2) { id score } }
      """
    Then both implementations agree
    And the upstream "parents" is called
    And the upstream "parents" is called with
      """
      document: |
        mutation ($id: ID!) {
          tell(grade: $id)
        }
      variables: {id: "42"}
      """
